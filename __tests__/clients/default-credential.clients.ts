/**
 * `DefaultAzureCredential` of four languages, in old and new versions, after each sign-in method and on each kind of
 * machine: it must use the identity that signed in, and not the machine's.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { GO_IDENTITY_OLDEST, JAVA_CLASS, SDK_PYTHON_OLDER } from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import type { Machine } from '../../simulator/managed-identity.ts';
import { World } from '../action/world.ts';
import { java } from './java.ts';
import { MEMORY, METHODS, withInputs } from './methods.ts';
import { type Command, NO_CLI, OPEN_PROGRAMS, OpenProcess, WITH_CLI } from './open-process.ts';
import { assertNothingEscaped, claimsOf, reportSignIn, type SignIn, type Variables } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

const creds: SignIn['inputs'] = ({ contoso: { application, clientSecret, tenant, subscriptions } }) => {
  const principal = { clientId: application.clientId, clientSecret, tenantId: tenant.id };
  return { creds: JSON.stringify({ ...principal, subscriptionId: subscriptions[0].id }) };
};

const SIGN_INS: Readonly<Record<string, SignIn>> = {
  oidc: METHODS.oidc,
  'oidc without keep-alive': withInputs(METHODS.oidc, { 'keep-alive': 'false' }),
  secret: METHODS.secret,
  creds: { ...METHODS.secret, inputs: creds },
  'secret, exported': METHODS['secret, exported'],
  certificate: METHODS.certificate,
  'secret in memory': withInputs(METHODS.secret, MEMORY),
  'user in memory': withInputs(METHODS.user, MEMORY),
  user: METHODS.user,
};

/** After these, the SDKs need `az`. After the others, they find a credential in the variables. */
const NEED_AZ = ['oidc without keep-alive', 'secret', 'creds', 'user'];

const MACHINES: readonly Machine[] = ['absent', 'no-identity', 'unauthorized', 'system-assigned'];

const OLDEST_GO = 'azidentity 1.8 for Go';
const PYTHON = join(import.meta.dirname, 'open-process.py');

const CLIENTS: Readonly<Record<string, Command | typeof java>> = {
  [OLDEST_GO]: [GO_IDENTITY_OLDEST],
  'azure-identity 1.23 for Python': [SDK_PYTHON_OLDER, PYTHON],
  ...Object.fromEntries(Object.entries(OPEN_PROGRAMS).map(([name, { command }]) => [name, command])),
  'azure-identity for Java': java,
};

if (NO_MACHINE === false) MACHINES.forEach(checkMachine);
else test('DefaultAzureCredential', { skip: NO_MACHINE });

function checkMachine(machine: Machine): void {
  suite(machine, () => {
    let world: World;
    const jobs: Record<string, Job> = {};
    before(async () => {
      world = await World.start(METADATA_SERVICE);
      // Before the sign-in, which may also contact the metadata service.
      await world.simulator.managedIdentity.become(machine);
      for (const [title, { inputs }] of Object.entries(SIGN_INS)) {
        const job = world.newJob(DIRECT_TO_METADATA);
        await world.signIn(inputs(world), { job });
        jobs[title] = job;
      }
    });
    after(() => world[Symbol.asyncDispose]());

    for (const [name, client] of Object.entries(CLIENTS)) {
      const file = typeof client === 'function' ? JAVA_CLASS : client[0];
      const skip = existsSync(file) ? false : 'not installed: this machine does not have its language';
      test(`${name}, metadata service ${machine}`, { skip }, async (context) => {
        const { contoso } = world;
        const command = typeof client === 'function' ? client(world) : client;
        const names = {
          [contoso.principalId]: 'the application',
          [contoso.user.objectId]: 'the user',
          [contoso.systemIdentity.objectId]: 'the machine',
          [contoso.userIdentity.objectId]: 'an identity of the machine',
        };
        const actual: Record<string, string | undefined> = {};
        const expected: typeof actual = {};
        for (const [title, { account }] of Object.entries(SIGN_INS)) {
          const job = jobs[title] ?? assert.fail(title);
          reportSignIn(context, name, title);
          const signedIn = names[account(world).objectId];
          // Version 1.8 ignores AZURE_TOKEN_CREDENTIALS, which is new in 1.10, and tries the machine's identity first.
          const usesMachine = name === OLDEST_GO && machine === 'system-assigned' && NEED_AZ.includes(title);
          actual[title] = await identityOf(command, job, WITH_CLI, names);
          expected[title] = usesMachine ? 'the machine' : signedIn;
          if (NEED_AZ.includes(title)) continue;
          actual[`${title}, no az`] = await identityOf(command, job, NO_CLI, names);
          expected[`${title}, no az`] = signedIn;
        }
        assert.deepEqual(actual, expected);
      });
    }
    test(`the clients contact no other host, metadata service ${machine}`, () => assertNothingEscaped(world));
  });
}

/** @returns the owner of a program's token, or the error */
async function identityOf(command: Command, job: Job, path: Variables, names: Variables): Promise<string> {
  await using running = new OpenProcess(command, job, path);
  const { token, error } = await running.token('https://management.azure.com/.default');
  if (token === undefined) return `no token: ${error}`;
  const { oid } = claimsOf(token);
  return names[oid] ?? oid;
}
