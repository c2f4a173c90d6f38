/**
 * `DefaultAzureCredential` of four languages, old and new, after each way to sign in, on the machines that jobs run on: it
 * has to find the identity that signed in, and not the machine's.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import {
  AZ_NEWEST,
  GO_IDENTITY,
  GO_IDENTITY_OLDEST,
  JAVA_CLASS,
  SDK_FOLDER,
  SDK_PYTHON,
  SDK_PYTHON_OLDER,
} from '../../scripts/clients/clients.ts';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { Job } from '../../simulator/job.ts';
import type { Machine } from '../../simulator/managed-identity.ts';
import { World } from '../action/world.ts';
import { java, trustInJava } from './java.ts';
import { METHODS, withInputs } from './methods.ts';
import { NO_CLI, OpenProcess } from './open-process.ts';
import { assertNothingEscaped, claimsOf, reportSignIn, type SignIn } from './session.ts';
import { DIRECT_TO_METADATA, METADATA_SERVICE } from './virtual-machine.ts';

/** Whether SDKs are signed in by the variables alone, so that `az` need not be on the path. */
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

const WITH_CLI = `${dirname(AZ_NEWEST)}:/usr/bin:/bin`;

const MACHINES: readonly Machine[] = ['absent', 'no-identity', 'unauthorized', 'system-assigned'];

interface Client {
  readonly name: string;
  readonly command: (world: World) => readonly [program: string, ...args: string[]];
  /** What the client's own age makes impossible, by method and machine: whom it takes there. */
  readonly tooOld?: { readonly machine: Machine; readonly takes: string };
}

const script = (name: string): string => join(import.meta.dirname, name);

const CLIENTS: readonly Client[] = [
  // It does not know AZURE_TOKEN_CREDENTIALS, which 1.10 brought: nothing can keep it from asking the machine first.
  {
    name: 'azidentity 1.8 for Go',
    command: () => [GO_IDENTITY_OLDEST],
    tooOld: { machine: 'system-assigned', takes: 'the machine' },
  },
  { name: 'azidentity for Go', command: () => [GO_IDENTITY] },
  { name: 'azure-identity 1.23 for Python', command: () => [SDK_PYTHON_OLDER, script('open-process.py')] },
  { name: 'azure-identity for Python', command: () => [SDK_PYTHON, script('open-process.py')] },
  { name: '@azure/identity', command: () => [process.execPath, script('open-process.mjs'), SDK_FOLDER] },
  { name: 'azure-identity for Java', command: java },
];

if (isFenced()) MACHINES.forEach(checkMachine);
else
  test('DefaultAzureCredential', { skip: `needs a network of its own, in which ${METADATA_ADDRESS} is this machine` });

function checkMachine(machine: Machine): void {
  suite(machine, () => {
    let world: World;
    const jobs: Record<string, Job> = {};
    before(async () => {
      world = await World.start(METADATA_SERVICE);
      trustInJava(world);
      // Before the sign-in, which may look at the machine as well.
      await world.simulator.managedIdentity.become(machine);
      for (const [title, { inputs }] of Object.entries(SIGN_INS)) {
        const job = world.newJob(DIRECT_TO_METADATA);
        const { result } = await job.step({ inputs: inputs(world) });
        assert.equal(result.exitCode, 0, result.log);
        jobs[title] = job;
      }
    });
    after(() => world[Symbol.asyncDispose]());

    for (const { name, command, tooOld } of CLIENTS) {
      const [program] = name.includes('Java') ? [JAVA_CLASS] : command({} as World);
      const skip = existsSync(program) ? false : 'not installed: its language is not on this machine';
      test(`${name}, metadata service ${machine}`, { skip }, async (context) => {
        const names = namesOf(world);
        const seen: Record<string, string> = {};
        const expected: Record<string, string> = {};
        for (const [title, { account, az }] of Object.entries(SIGN_INS)) {
          const job = jobs[title] ?? assert.fail(title);
          reportSignIn(context, name, title);
          const right = names[account(world).objectId] ?? '';
          const who = async (path: string): Promise<string> => await identityOf(command(world), job, path, names);
          seen[title] = await who(WITH_CLI);
          expected[title] = az === 'needed' && tooOld?.machine === machine ? tooOld.takes : right;
          if (az === 'needed') continue;
          seen[`${title}, no az`] = await who(NO_CLI);
          expected[`${title}, no az`] = right;
        }
        assert.deepEqual(seen, expected);
      });
    }
    test(`nothing else was contacted, metadata service ${machine}`, () => assertNothingEscaped(world));
  });
}

function namesOf({ contoso }: World): Readonly<Record<string, string>> {
  return {
    [contoso.principalId]: 'the application',
    [contoso.user.objectId]: 'the user',
    [contoso.systemIdentity.objectId]: 'the machine',
    [contoso.userIdentity.objectId]: 'an identity of the machine',
  };
}

/** Whose token a program gets, or why it gets none. */
async function identityOf(
  command: readonly [program: string, ...args: string[]],
  job: Job,
  path: string,
  names: Readonly<Record<string, string>>,
): Promise<string> {
  const running = new OpenProcess({ command }, job, { PATH: path });
  try {
    const { token, error } = await running.token('https://management.azure.com/.default');
    if (token === undefined) return `nobody: ${error}`;
    const { oid } = claimsOf(token);
    return names[oid] ?? oid;
  } finally {
    await running.close();
  }
}
