/**
 * `npm run demo`: a job that signs in, uses the session and signs out, for each way a service principal can sign in.
 * The action is the built one, run as the runner runs it; Azure and GitHub are the simulator, on this machine alone.
 * Exits with 1 when anything is not as it should be.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type ActionStep, Job, leftBehind, type StepResult } from '../simulator/job.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { contoso } from '../simulator/world.ts';

const colour = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined;
const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
const bold = (text: string): string => paint(1, text);
const dim = (text: string): string => paint(2, text);
const say = (text = ''): void => console.log(text);

let failures = 0;
function check(what: string, holds: boolean): void {
  if (!holds) failures++;
  say(`  ${holds ? paint(32, '✓') : paint(31, '✗')} ${what}`);
}

await using simulator = await startSimulator();
const world = await contoso(simulator);
const subscription = world.subscriptions[0]?.displayName ?? '';
const identity = { 'client-id': world.application.clientId, 'tenant-id': world.tenant.id, subscription };
const certificate = `${world.certificate.privateKey}\n${world.certificate.certificate}`;

const methods = [
  { name: 'OpenID Connect: no secret at all', env: simulator.github.variables, inputs: identity },
  { name: 'A client secret', env: {}, inputs: { ...identity, 'client-secret': world.clientSecret } },
  { name: 'A certificate', env: {}, inputs: { ...identity, 'client-certificate': certificate } },
];

say(bold('\nAzure Session, against a simulated Azure on this machine'));
for (const method of methods) await demonstrate(method);
say(failures === 0 ? bold('\nAll as it should be.\n') : paint(31, `\n${failures} checks failed.\n`));
process.exitCode = failures === 0 ? 0 : 1;

async function demonstrate(method: (typeof methods)[number]): Promise<void> {
  say(`\n${bold(method.name)}`);
  say(dim('  - uses: OWNER/azure-session@v1'));
  say(dim('    with:'));
  for (const [name, value] of Object.entries(method.inputs)) say(dim(`      ${name}: ${shown(name, value)}`));
  using job = new Job({ ...simulator.environment, ...method.env });
  simulator.clear();
  const step = await job.step({ inputs: method.inputs });
  const { result } = step;
  say();
  for (const line of result.log
    .trim()
    .split('\n')
    .filter((text) => !text.startsWith('::add-mask::')))
    say(`    ${line}`);
  say();
  check(
    `signed in after ${Math.round(result.milliseconds)} ms and ${simulator.requests.length} requests`,
    result.exitCode === 0,
  );
  check('nothing else was contacted', simulator.escaped.length === 0);
  if (result.exitCode !== 0) return;
  showSession(job, result);
  await useAz(job);
  await signOut(job, step);
}

function showSession(job: Job, result: StepResult): void {
  const folder = result.outputs['config-dir'] ?? '';
  check(`the default subscription is ${subscription}`, result.outputs['subscription-name'] === subscription);
  check('the profile folder is private to the job', (statSync(folder).mode & 0o777) === 0o700);
  const files = readdirSync(folder).filter((name) => statSync(join(folder, name)).isFile());
  check(
    `it holds ${files.length} files, none readable by others`,
    files.every((name) => (statSync(join(folder, name)).mode & 0o77) === 0),
  );
  const profile = JSON.parse(readFileSync(join(folder, 'azureProfile.json'), 'utf8')) as { subscriptions: unknown[] };
  check(`both CLIs see ${profile.subscriptions.length} subscriptions`, profile.subscriptions.length === 3);
  say(dim('    later steps also get:'));
  for (const [name, value] of Object.entries(result.exported))
    say(dim(`      ${name}=${value.replace(job.folder, '…')}`));
  say();
}

/** The real Azure CLI, where there is one: it must find itself signed in. */
async function useAz(job: Job): Promise<void> {
  if (!(process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, 'az')))) {
    say(dim('    (no az on this machine: the session needs none; install it to see it signed in)'));
    return;
  }
  const { exitCode, stdout } = await job.run('az', ['group', 'list', '--query', '[].name', '--output', 'tsv']);
  check(`az group list: ${stdout.trim().split('\n').join(', ')}`, exitCode === 0);
}

async function signOut(job: Job, step: ActionStep): Promise<void> {
  const post = await step.post();
  check('post signed out', post.exitCode === 0 && post.errors.length === 0);
  check('nothing is left on disk', readdirSync(job.temp).length === 0);
  const left = Object.keys(step.result.exported).filter((name) => job.env[name] !== (leftBehind(job)[name] ?? ''));
  check('nothing is left in the environment', left.length === 0);
}

function shown(name: string, value: string): string {
  if (name === 'client-secret') return '${{ secrets.AZURE_CLIENT_SECRET }}';
  if (name === 'client-certificate') return '${{ secrets.AZURE_CLIENT_CERTIFICATE }}';
  return value;
}
