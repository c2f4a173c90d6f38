/**
 * `DefaultAzureCredential` of four languages, in old and new versions, after each sign-in method and on each kind of
 * machine: it must use the identity that signed in, and not the machine's.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  GO_IDENTITY,
  GO_IDENTITY_OLDEST,
  JAVA_CLASS,
  SDK_FOLDER,
  SDK_PYTHON,
  SDK_PYTHON_OLDER,
} from '../../scripts/clients/clients.ts';
import type { Job } from '../../simulator/job.ts';
import type { Machine } from '../../simulator/managed-identity.ts';
import { World } from '../action/world.ts';
import { java, trustInJava } from './java.ts';
import { METHODS, withInputs } from './methods.ts';
import { NO_CLI, OpenProcess, WITH_CLI } from './open-process.ts';
import { assertNothingEscaped, claimsOf, reportSignIn, type SignIn } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE, NO_MACHINE } from './virtual-machine.ts';

/** Whether the SDKs need `az`, or find a credential in the variables. */
type Need = 'not-needed' | 'needed';

const MEMORY = { 'credential-store': 'memory' };
const creds: SignIn['inputs'] = ({ contoso: { application, clientSecret, tenant, subscriptions } }) => {
  const principal = { clientId: application.clientId, clientSecret, tenantId: tenant.id };
  return { creds: JSON.stringify({ ...principal, subscriptionId: subscriptions[0].id }) };
};

const SIGN_INS: Readonly<Record<string, SignIn & { readonly az: Need }>> = {
  oidc: { ...METHODS.oidc, az: 'not-needed' },
  'oidc without keep-alive': { ...withInputs(METHODS.oidc, { 'keep-alive': 'false' }), az: 'needed' },
  secret: { ...METHODS.secret, az: 'needed' },
  creds: { ...METHODS.secret, inputs: creds, az: 'needed' },
  'secret, exported': { ...METHODS['secret, exported'], az: 'not-needed' },
  certificate: { ...METHODS.certificate, az: 'not-needed' },
  'secret in memory': { ...withInputs(METHODS.secret, MEMORY), az: 'not-needed' },
  'user in memory': { ...withInputs(METHODS.user, MEMORY), az: 'not-needed' },
  user: { ...METHODS.user, az: 'needed' },
};

const MACHINES: readonly Machine[] = ['absent', 'no-identity', 'unauthorized', 'system-assigned'];

/** `file` exists if the client is installed. */
type Client = readonly [file: string, command: (world: World) => readonly [program: string, ...args: string[]]];

const started = (program: string, ...args: readonly string[]): Client => [program, () => [program, ...args]];
const script = (name: string): string => join(import.meta.dirname, name);

const CLIENTS: Readonly<Record<string, Client>> = {
  'azidentity 1.8 for Go': started(GO_IDENTITY_OLDEST),
  'azidentity for Go': started(GO_IDENTITY),
  'azure-identity 1.23 for Python': started(SDK_PYTHON_OLDER, script('open-process.py')),
  'azure-identity for Python': started(SDK_PYTHON, script('open-process.py')),
  '@azure/identity': started(process.execPath, script('open-process.mjs'), SDK_FOLDER),
  'azure-identity for Java': [JAVA_CLASS, java],
};

/** Version 1.8 ignores AZURE_TOKEN_CREDENTIALS, which is new in 1.10, so it tries the machine's identity first. */
function usesMachine(client: string, machine: Machine, az: Need): boolean {
  return client === 'azidentity 1.8 for Go' && machine === 'system-assigned' && az === 'needed';
}

if (NO_MACHINE === false) MACHINES.forEach(checkMachine);
else test('DefaultAzureCredential', { skip: NO_MACHINE });

function checkMachine(machine: Machine): void {
  suite(machine, () => {
    let world: World;
    const jobs: Record<string, Job> = {};
    before(async () => {
      world = await World.start(METADATA_SERVICE);
      trustInJava(world);
      // Before the sign-in, which may also contact the metadata service.
      await world.simulator.managedIdentity.become(machine);
      for (const [title, { inputs }] of Object.entries(SIGN_INS)) {
        const job = world.newJob(DIRECT_TO_METADATA);
        await world.signIn(inputs(world), { job });
        jobs[title] = job;
      }
    });
    after(() => world[Symbol.asyncDispose]());

    for (const [name, [file, command]] of Object.entries(CLIENTS)) {
      const skip = existsSync(file) ? false : 'not installed: this machine does not have its language';
      test(`${name}, metadata service ${machine}`, { skip }, async (context) => {
        const names = namesOf(world);
        const actual: Record<string, string | undefined> = {};
        const expected: typeof actual = {};
        for (const [title, { account, az }] of Object.entries(SIGN_INS)) {
          const job = jobs[title] ?? assert.fail(title);
          reportSignIn(context, name, title);
          const signedIn = names[account(world).objectId];
          actual[title] = await identityOf(command(world), job, WITH_CLI, names);
          expected[title] = usesMachine(name, machine, az) ? 'the machine' : signedIn;
          if (az === 'needed') continue;
          actual[`${title}, no az`] = await identityOf(command(world), job, { PATH: NO_CLI }, names);
          expected[`${title}, no az`] = signedIn;
        }
        assert.deepEqual(actual, expected);
      });
    }
    test(`the clients contact no other host, metadata service ${machine}`, () => assertNothingEscaped(world));
  });
}

type Names = Readonly<Record<string, string>>;

function namesOf({ contoso }: World): Names {
  return {
    [contoso.principalId]: 'the application',
    [contoso.user.objectId]: 'the user',
    [contoso.systemIdentity.objectId]: 'the machine',
    [contoso.userIdentity.objectId]: 'an identity of the machine',
  };
}

/** @returns the owner of a program's token, or the error */
async function identityOf(command: ReturnType<Client[1]>, job: Job, path: Names, names: Names): Promise<string> {
  const running = new OpenProcess({ command }, job, path);
  try {
    const { token, error } = await running.token('https://management.azure.com/.default');
    if (token === undefined) return `no token: ${error}`;
    const { oid } = claimsOf(token);
    return names[oid] ?? oid;
  } finally {
    await running.close();
  }
}
