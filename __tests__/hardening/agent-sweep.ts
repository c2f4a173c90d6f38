/** The life of the process that has the credential of a session: what can happen to it, and what clients see of that. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ActionStep, type Job, ROOT, readCommands } from '../../simulator/job.ts';
import { askForToken, sendRaw } from '../action/token-client.ts';
import type { World } from '../action/world.ts';
import { type Outcome, refreshersOf, type SweepCase } from './sweep.ts';

const VAULT = 'https://vault.azure.net';
const REQUESTS = 10_000;
const AT_A_TIME = 32;
/** Longer than the process needs to see that its session or the runner is gone. */
const END_MS = 12_000;

interface Session {
  readonly job: Job;
  readonly step: ActionStep;
  readonly pid: number;
}

/** @returns why it is lost; `''` when clients are served as they should be */
type Life = (session: Session) => Promise<string>;

/** Afterwards clients are served. */
const SURVIVED: Readonly<Record<string, Life>> = {
  'port scans': async ({ job }) => {
    const port = Number(new URL(job.env['IDENTITY_ENDPOINT'] ?? '').port);
    for (let n = 0; n < 300; n++) {
      const scan = connect(port, '127.0.0.1', () => scan.destroy()).on('error', () => {});
    }
    for (const octets of ['\0\0\0\0', 'SSH-2.0-scan\r\n', '\x16\x03\x01\0\x05hello', 'GET / HTTP/1.0\r\n\r\n']) {
      await sendRaw(job.env, octets);
    }
    return '';
  },
  'ten thousand requests': async ({ job }) => {
    let failed = 0;
    const asked = Array.from({ length: REQUESTS }).values();
    const client = async (): Promise<void> => {
      for (const _ of asked) if ((await statusOf(job)) !== 200) failed++;
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, client));
    return failed === 0 ? '' : `${failed} of ${REQUESTS} requests failed`;
  },
  'slow clients': async ({ job }) => {
    const slow = Array.from({ length: 100 }, () => sendRaw(job.env, 'GET /'));
    if ((await statusOf(job)) !== 200) return 'a client was not served beside slow ones';
    const left = await Promise.race([Promise.all(slow).then(() => ''), pause(END_MS).then(() => 'slow clients stay')]);
    return left;
  },
  'no room for its account': async ({ step }) => {
    const file = join(step.result.outputs['config-dir'] ?? '', 'token-usage.json');
    rmSync(file);
    mkdirSync(join(file, 'in-the-way'), { recursive: true });
    return '';
  },
  stopped: async ({ job, pid }) => {
    process.kill(pid, 'SIGSTOP');
    const waiting = statusOf(job);
    await pause(200);
    process.kill(pid, 'SIGCONT');
    return (await waiting) === 200 ? '' : 'a client was not served once it went on';
  },
};

/** Afterwards the process is gone, and so are its clients' tokens. */
const ENDED: Readonly<Record<string, Life>> = {
  killed: async ({ pid }) => {
    process.kill(pid, 'SIGKILL');
    return '';
  },
  'its folder removed': async ({ step }) => {
    rmSync(step.result.outputs['config-dir'] ?? '', { recursive: true });
    return '';
  },
  'signed out before the last step': async ({ job }) => {
    const { exitCode, log } = await job.logOut();
    return exitCode === 0 ? '' : log;
  },
};

export function agentLifeCases(): SweepCase[] {
  return [
    ...Object.entries(SURVIVED).map(([name, life]) => sweepCase(name, life, 'survived')),
    ...Object.entries(ENDED).map(([name, life]) => sweepCase(name, life, 'killed')),
    { name: 'agent, the runner gone', run: runnerGone },
  ];
}

function sweepCase(name: string, life: Life, expected: 'survived' | 'killed'): SweepCase {
  return {
    name: `agent, ${name}`,
    run: async (world) => {
      using job = world.newJob();
      const step = await job.step({ inputs: inputsOf(world) });
      if (step.result.exitCode !== 0) return lost(step.result.log);
      const { agentPid: pid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
      const why = await life({ job, step, pid });
      if (why !== '') return lost(why);
      if (expected === 'survived' && (await statusOf(job)) !== 200) return lost('clients are not served any more');
      if (expected === 'killed' && !(await isGone(job))) return lost('the process is still there');
      const post = await step.post();
      if (post.exitCode !== 0 || post.errors.length > 0) return lost(post.log);
      if (!(await isGone(job))) return lost('the process outlives post');
      return readdirSync(job.temp).length > 0 ? lost('something is left') : { kind: expected };
    },
  };
}

/** The step's parent lives for some seconds longer than the step, as the runner does, and then is gone. */
async function runnerGone(world: World): Promise<Outcome> {
  using job = world.newJob();
  const script = `require('node:child_process').spawn(process.execPath, [${JSON.stringify(join(ROOT, 'dist', 'main', 'index.js'))}])
    .once('exit', () => setTimeout(() => {}, 8000))`;
  const inputs = Object.entries(inputsOf(world)).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const files = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE'].map((name) => [name, join(job.folder, name)]);
  for (const [, file = ''] of files) writeFileSync(file, '');
  await job.run(process.execPath, ['-e', script], Object.fromEntries([...inputs, ...files]));
  const exported = readCommands(join(job.folder, 'GITHUB_ENV'));
  if (exported['IDENTITY_ENDPOINT'] === undefined) return lost('nobody is signed in');
  return (await isGone(job)) ? { kind: 'killed' } : lost('the process outlives the runner');
}

function inputsOf({ secret }: World): Record<string, string> {
  return { ...secret, subscription: 'Production', 'credential-store': 'memory' };
}

async function statusOf(job: Job): Promise<number> {
  return (await askForToken(job.env, VAULT).catch(() => ({ status: 0 }))).status;
}

async function isGone(job: Job): Promise<boolean> {
  for (const end = Date.now() + END_MS; refreshersOf(job).length > 0; await pause(50))
    if (Date.now() > end) return false;
  return true;
}

function lost(why: string): Outcome {
  return { kind: 'lost', why };
}
