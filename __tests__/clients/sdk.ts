import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { AZ_NEWEST } from '../../scripts/clients/clients.ts';
import { OPEN_PROGRAMS, tokenOf } from './open-process.ts';
import { checkClient, claimsOf, type SignIn } from './session.ts';

/** With `az` there, its session serves the methods whose variables the SDKs cannot take. */
const WITH_CLI = { PATH: `${dirname(AZ_NEWEST)}:/usr/bin:/bin` };

/** `DefaultAzureCredential` of each language, by the exported variables alone. */
export function checkSdks(signIn: SignIn, suffix = ''): void {
  checkEach(signIn, suffix, {});
}

/** The same by way of `az`, for users and for a secret that is not exported. */
export function checkSdksThroughAz(signIn: SignIn): void {
  checkEach(signIn, ', by way of az', WITH_CLI);
}

function checkEach(signIn: SignIn, suffix: string, path: Record<string, string>): void {
  for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
    checkClient(name + suffix, signIn, (check) => {
      for (const service of ['management.azure.com', 'vault.azure.net']) {
        check(`a token for ${service}`, async ({ job, account }) => {
          const { aud, oid } = claimsOf(await tokenOf(program, job, `https://${service}/.default`, path));
          assert.ok(aud.includes(service), aud);
          assert.equal(oid, account.objectId);
        });
      }
    });
  }
}
