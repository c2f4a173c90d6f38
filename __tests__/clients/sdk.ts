import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { AZ_NEWEST, SDK_FOLDER, SDK_PYTHON } from '../../scripts/clients/clients.ts';
import { checkClient, claimsOf, type Session, type SignIn } from './session.ts';

/** No `az` is to be found there, so the SDKs must take what the session exported. */
const NO_CLI = { PATH: '/nonexistent' };
/** With `az` there, its session serves the methods whose variables the SDKs cannot take. */
const WITH_CLI = { PATH: `${dirname(AZ_NEWEST)}:/usr/bin:/bin` };

/** The command that prints an access token for a scope, as its last argument says. */
const CLIENTS: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
  '@azure/identity': [process.execPath, join(import.meta.dirname, 'default-credential.mjs'), SDK_FOLDER],
  'azure-identity for Python': [SDK_PYTHON, join(import.meta.dirname, 'default-credential.py')],
};

/** `DefaultAzureCredential` of two languages, by the exported variables alone. */
export function checkSdks(signIn: SignIn, suffix = ''): void {
  checkEach(signIn, suffix, NO_CLI);
}

/** The same by way of `az`, for users and for a secret that is not exported. */
export function checkSdksThroughAz(signIn: SignIn): void {
  checkEach(signIn, ', by way of az', WITH_CLI);
}

function checkEach(signIn: SignIn, suffix: string, path: { PATH: string }): void {
  for (const [name, [command, ...args]] of Object.entries(CLIENTS)) {
    checkClient(name + suffix, signIn, (check) => {
      const checkToken = (title: string, scope: string, audience: RegExp): void =>
        check(title, async (session) => {
          const claims = claimsOf(await token(session, command, [...args, scope], path));
          assert.match(claims.aud, audience);
          assert.equal(claims.oid, session.account.objectId);
        });
      checkToken('a token for Resource Manager', 'https://management.azure.com/.default', /management/);
      checkToken('a token for a vault', 'https://vault.azure.net/.default', /vault/);
    });
  }
}

async function token(
  session: Session,
  command: string,
  args: readonly string[],
  path: { PATH: string },
): Promise<string> {
  const { stdout } = await session.run(command, args, path);
  return stdout.trim();
}
