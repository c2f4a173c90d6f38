/**
 * `npm run demo`: what the action does, on one screen. A whole job first, then each other way to sign in, what lasts and
 * what stays off the disk, and a failure with the steps that mend it. The action is the built one, run as the runner runs
 * it; Azure and GitHub are the simulator, on this machine alone. Exits with 1 when anything is not as it says.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { get } from 'node:http';
import { delimiter, join } from 'node:path';
import { type ActionStep, Job, leftBehind } from '../simulator/job.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { podVariables } from '../simulator/workflow/pod.ts';
import { secretsOf } from '../simulator/workflow/secrets.ts';
import { contoso } from '../simulator/world.ts';

type Texts = Readonly<Record<string, string>>;

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const bold = (text: string): string => paint(1, text);
const say = (text = ''): void => console.log(text);

const COLUMNS = 100;

/** A line of a log, continued below itself. */
function sayLog(line: string): void {
  for (let rest = line, indent = '    '; rest !== ''; indent = '      ') {
    const room = COLUMNS - indent.length;
    const end = rest.length <= room ? rest.length : rest.lastIndexOf(' ', room);
    const cut = end > 0 ? end : room;
    say(paint(2, `${indent}${rest.slice(0, cut)}`));
    rest = rest.slice(cut).trimStart();
  }
}

let failures = 0;
function check(what: string, holds: boolean): boolean {
  if (!holds) failures++;
  say(`  ${holds ? paint(32, '✓') : paint(31, '✗')} ${what}`);
  return holds;
}

await using simulator = await startSimulator();
const world = await contoso(simulator);
const identity = { 'client-id': world.application.clientId, 'tenant-id': world.tenant.id, subscription: 'Production' };
const hasAz = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'az')));

say(bold('\nAzure Session, against a simulated Azure on this machine\n'));
await wholeJob();
say(bold('\nOther ways to sign in'));
for (const [name, inputs, env] of await otherWays()) await signInBy(name, inputs, env);
say(bold('\nWhat lasts, and what stays off the disk'));
await keepAlive();
await memory();
say(bold('\nA failure, and what to do'));
await failure();
say(failures === 0 ? bold('\nAll as it should be.') : paint(31, `\n${failures} checks failed.`));
say('A workflow of your own: npm run workflow -- .github/workflows/FILE.yml\n');
process.exitCode = failures === 0 ? 0 : 1;

function newJob(env: Texts): Job {
  simulator.clear();
  return new Job({ ...simulator.environment, ...env });
}

async function wholeJob(): Promise<void> {
  for (const line of ['- uses: OWNER/azure-session@v1', '  with:']) say(`    ${line}`);
  for (const [name, value] of Object.entries(identity)) say(`        ${name}: ${value}`);
  using job = newJob(simulator.github.variables);
  const step = await job.step({ inputs: identity });
  const { result } = step;
  for (const line of result.log.trim().split('\n')) if (!line.startsWith('::')) sayLog(line);
  const requests = `${simulator.requests.length} requests`;
  if (
    !check(
      `signed in by ${requests} to GitHub, Entra ID and Azure; nobody else was asked`,
      result.exitCode === 0 && simulator.escaped.length === 0,
    )
  )
    return;
  const folder = result.outputs['config-dir'] ?? '';
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  const isPrivate = [folder, ...names.map((name) => join(folder, name))].every(
    (name) => (statSync(name).mode & 0o77) === 0,
  );
  check(
    `${names.length} files in a folder of its own, which no other user can read`,
    isPrivate || process.platform === 'win32',
  );
  await useAz(job);
  check('post signed out: no file and no variable of the session is left', await signOut(job, step, {}));
}

/** Asks the real Azure CLI, where there is one. */
async function useAz(job: Job): Promise<void> {
  if (!hasAz) return say('  - no az on this machine: with one, you would see it signed in here');
  const { exitCode, stdout } = await job.run('az', ['group', 'list', '--query', '[].name', '--output', 'tsv']);
  check(`az group list: ${stdout.trim().split(/\s+/).join(', ')}`, exitCode === 0);
}

async function signOut(job: Job, step: ActionStep, before: Texts): Promise<boolean> {
  const post = await step.post();
  const found = { ...leftBehind(job), ...before };
  const left = Object.keys(step.result.exported).filter((name) => job.env[name] !== (found[name] ?? ''));
  return post.errors.length === 0 && readdirSync(job.temp).length === 0 && left.length === 0;
}

async function otherWays(): Promise<readonly [name: string, inputs: Texts, env: Texts][]> {
  const { subscription, ...ids } = identity;
  const secrets = await secretsOf(world);
  simulator.deviceLogin.automatic = { userPrincipalName: world.user.userPrincipalName, afterPolls: 1 };
  simulator.deviceLogin.intervalSeconds = 0.2;
  return [
    ['client secret', { ...ids, 'client-secret': world.clientSecret }, {}],
    ['creds of azure/login', { creds: secrets.AZURE_CREDENTIALS }, {}],
    ['certificate', { ...ids, 'client-certificate': secrets.AZURE_CLIENT_CERTIFICATE }, {}],
    ['managed identity', { 'auth-type': 'managed-identity' }, simulator.managedIdentity.imdsVariables],
    ['workload identity', { 'auth-type': 'workload-identity' }, await podVariables(simulator, world)],
    ['user name and password', { username: world.user.userPrincipalName, password: world.password }, {}],
    ['device code', { 'auth-type': 'device-code', 'tenant-id': world.tenant.id }, {}],
    ['publish settings', { 'publish-settings': secrets.AZURE_PUBLISH_SETTINGS, mode: 'asm' }, {}],
  ];
}

async function signInBy(name: string, inputs: Texts, env: Texts): Promise<void> {
  using job = newJob(env);
  const step = await job.step({ inputs: { subscription: identity.subscription, ...inputs } });
  const took = `${Math.round(step.result.milliseconds)} ms`.padStart(8);
  const requests = `${simulator.requests.length} requests`;
  const isSignedIn = step.result.exitCode === 0;
  check(`${name.padEnd(24)}${took}, ${requests}, and signed out`, (await signOut(job, step, env)) && isSignedIn);
}

/** GitHub's tokens live for seconds here, so that one grows old while somebody watches. */
async function keepAlive(): Promise<void> {
  const { github } = simulator;
  github.idTokenLifetimeSeconds = 4;
  using job = newJob(github.variables);
  const step = await job.step({ inputs: identity });
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const isRenewed = step.result.exitCode === 0 && (await changes(file));
  check('keep-alive: the federated token of the session was renewed while the job went on', isRenewed);
  await step.post();
  github.idTokenLifetimeSeconds = 300;
}

/** Whether a file gets another content within some seconds. */
async function changes(file: string): Promise<boolean> {
  const first = readFileSync(file, 'utf8');
  for (let tries = 0; tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (readFileSync(file, 'utf8') !== first) return true;
  }
  return false;
}

/** Nobody asks the files: a later step gets its token from the process that has the credential. */
async function memory(): Promise<void> {
  using job = newJob({});
  const inputs = { ...identity, 'client-secret': world.clientSecret, 'credential-store': 'memory' };
  const step = await job.step({ inputs });
  const isAnswered = step.result.exitCode === 0 && (await endpointStatus(step.result.exported)) === 200;
  const files = readdirSync(job.temp, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
  const isHidden = ![...texts, ...Object.values(job.env)].some((text) => text.includes(world.clientSecret));
  check('memory: no file and no variable has the secret, and a later step gets its token', isAnswered && isHidden);
  await step.post();
}

/** As MSAL asks for the token of a managed identity. Source: `@azure/msal-node`, `AppService.ts`. */
function endpointStatus({ IDENTITY_ENDPOINT: endpoint = '', IDENTITY_HEADER: secret = '' }: Texts): Promise<number> {
  const address = `${endpoint}?api-version=2019-08-01&resource=https://management.azure.com/`;
  return new Promise((resolve, reject) => {
    const request = get(address, { headers: { 'X-IDENTITY-HEADER': secret } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.on('error', reject);
  });
}

/** A job for an environment, which the application does not trust. */
async function failure(): Promise<void> {
  simulator.github.environment = 'production';
  using job = newJob(simulator.github.variables);
  const { result } = await job.step({ inputs: identity });
  const [error = ''] = result.errors;
  const [message = '', reason = '', ...rest] = error.split('\n');
  const presented = rest.find((line) => line.includes('subject:')) ?? '';
  const steps = rest.slice(rest.indexOf('What to do:')).slice(0, 3);
  for (const line of [message, reason, presented, ...steps]) sayLog(line.replace(/^ +/, '  '));
  check(
    'one annotation, nothing exported, nothing left',
    result.errors.length === 1 && readdirSync(job.temp).length === 0,
  );
}
