/**
 * `npm run demo` demonstrates the action on one screen: a complete job, the other methods, keep-alive and credentials
 * in memory, and a failure with the steps that fix it. It runs the built action as the runner does, against the
 * simulator on this machine. Exits with 1 when a check fails.
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

const color = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
const bold = (text: string): string => paint(1, text);
const print = (text = ''): void => console.log(text);

const COLUMNS = 100;

/** Prints a wrapped line of a log. */
function printLog(line: string): void {
  for (let rest = line, indent = '    '; rest !== ''; indent = '      ') {
    const room = COLUMNS - indent.length;
    const end = rest.length <= room ? rest.length : rest.lastIndexOf(' ', room);
    const cut = end > 0 ? end : room;
    print(paint(2, `${indent}${rest.slice(0, cut)}`));
    rest = rest.slice(cut).trimStart();
  }
}

let failures = 0;
function check(what: string, passed: boolean): boolean {
  if (!passed) failures++;
  print(`  ${passed ? paint(32, '✓') : paint(31, '✗')} ${what}`);
  return passed;
}

await using simulator = await startSimulator();
const world = await contoso(simulator);
const identity = { 'client-id': world.application.clientId, 'tenant-id': world.tenant.id, subscription: 'Production' };
const hasAz = (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'az')));

print(bold('\nAzure Session, against a simulated Azure on this machine\n'));
await completeJob();
print(bold('\nOther ways to sign in'));
for (const [name, inputs, env] of await otherMethods()) await signInWith(name, inputs, env);
print(bold('\nLong jobs, and credentials in memory'));
await keepAlive();
await memory();
print(bold('\nA failure, and what to do'));
await failure();
print(failures === 0 ? bold('\nAll as it should be.') : paint(31, `\n${failures} checks failed.`));
print('To run your own workflow: npm run workflow -- .github/workflows/FILE.yml\n');
process.exitCode = failures === 0 ? 0 : 1;

function newJob(env: Texts): Job {
  simulator.clear();
  return new Job({ ...simulator.environment, ...env });
}

async function completeJob(): Promise<void> {
  for (const line of ['- uses: OWNER/azure-session@v1', '  with:']) print(`    ${line}`);
  for (const [name, value] of Object.entries(identity)) print(`        ${name}: ${value}`);
  using job = newJob(simulator.github.variables);
  const step = await job.step({ inputs: identity });
  const { result } = step;
  for (const line of result.log.trim().split('\n')) if (!line.startsWith('::')) printLog(line);
  const isSignedIn = check(
    `signed in with ${simulator.requests.length} requests to GitHub, Entra ID and Azure, and to no other server`,
    result.exitCode === 0 && simulator.escaped.length === 0,
  );
  if (!isSignedIn) return;
  const folder = result.outputs['config-dir'] ?? '';
  const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  const isPrivate = [folder, ...names.map((name) => join(folder, name))].every(
    (name) => (statSync(name).mode & 0o77) === 0,
  );
  check(
    `${names.length} files in a separate folder, which no other user can read`,
    isPrivate || process.platform === 'win32',
  );
  await useAz(job);
  check('post signed out: no file and no variable of the session remains', await signOut(job, step, {}));
}

/** Runs the real Azure CLI, if it is installed. */
async function useAz(job: Job): Promise<void> {
  if (!hasAz) return print('  - az is not installed: if it were, this line would show that it is signed in');
  const { exitCode, stdout } = await job.run('az', ['group', 'list', '--query', '[].name', '--output', 'tsv']);
  check(`az group list: ${stdout.trim().split(/\s+/).join(', ')}`, exitCode === 0);
}

async function signOut(job: Job, step: ActionStep, before: Texts): Promise<boolean> {
  const post = await step.post();
  const expected = { ...leftBehind(job), ...before };
  const remaining = Object.keys(step.result.exported).filter((name) => job.env[name] !== (expected[name] ?? ''));
  return post.errors.length === 0 && readdirSync(job.temp).length === 0 && remaining.length === 0;
}

async function otherMethods(): Promise<readonly [name: string, inputs: Texts, env: Texts][]> {
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

async function signInWith(name: string, inputs: Texts, env: Texts): Promise<void> {
  using job = newJob(env);
  const step = await job.step({ inputs: { subscription: identity.subscription, ...inputs } });
  const time = `${Math.round(step.result.milliseconds)} ms`.padStart(8);
  const requests = `${simulator.requests.length} requests`;
  const isSignedIn = step.result.exitCode === 0;
  check(`${name.padEnd(24)}${time}, ${requests}, and signed out`, (await signOut(job, step, env)) && isSignedIn);
}

/** GitHub's tokens expire after seconds here, so that the demonstration shows a renewal. */
async function keepAlive(): Promise<void> {
  const { github } = simulator;
  github.idTokenLifetimeSeconds = 4;
  using job = newJob(github.variables);
  const step = await job.step({ inputs: identity });
  const file = step.result.exported['AZURE_FEDERATED_TOKEN_FILE'] ?? '';
  const isRenewed = step.result.exitCode === 0 && (await changes(file));
  check('keep-alive: the federated token of the session was renewed during the job', isRenewed);
  await step.post();
  github.idTokenLifetimeSeconds = 300;
}

/** Whether the content of a file changes within some seconds. */
async function changes(file: string): Promise<boolean> {
  const first = readFileSync(file, 'utf8');
  for (let tries = 0; tries < 100; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    if (readFileSync(file, 'utf8') !== first) return true;
  }
  return false;
}

/** A later step gets its token from the process that holds the credential. */
async function memory(): Promise<void> {
  using job = newJob({});
  const inputs = { ...identity, 'client-secret': world.clientSecret, 'credential-store': 'memory' };
  const step = await job.step({ inputs });
  const hasToken = step.result.exitCode === 0 && (await endpointStatus(step.result.exported)) === 200;
  const files = readdirSync(job.temp, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const texts = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8'));
  const isHidden = ![...texts, ...Object.values(job.env)].some((text) => text.includes(world.clientSecret));
  check('memory: no file and no variable contains the secret, and a later step gets a token', hasToken && isHidden);
  await step.post();
}

/** Requests a token of a managed identity as MSAL does. Source: `@azure/msal-node`, `AppService.ts`. */
function endpointStatus({ IDENTITY_ENDPOINT: endpoint = '', IDENTITY_HEADER: secret = '' }: Texts): Promise<number> {
  const url = `${endpoint}?api-version=2019-08-01&resource=https://management.azure.com/`;
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { 'X-IDENTITY-HEADER': secret } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
  });
}

/** The application does not trust the job, because the job names an environment. */
async function failure(): Promise<void> {
  simulator.github.environment = 'production';
  using job = newJob(simulator.github.variables);
  const { result } = await job.step({ inputs: identity });
  const [error = ''] = result.errors;
  const [message = '', reason = '', ...rest] = error.split('\n');
  const presented = rest.find((line) => line.includes('subject:')) ?? '';
  const steps = rest.slice(rest.indexOf('What to do:')).slice(0, 3);
  for (const line of [message, reason, presented, ...steps]) printLog(line.replace(/^ +/, '  '));
  check(
    'one annotation, no exported variable, no remaining file',
    result.errors.length === 1 && readdirSync(job.temp).length === 0,
  );
}
