/** Events in the life of an agent in memory, and whether its clients get tokens afterwards. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ActionStep, type Job, ROOT, readCommands } from '../../simulator/job.ts';
import { agentPid, agentPids } from '../action/processes.ts';
import { requestToken, sendRaw } from '../action/token-client.ts';
import { configDir, type World } from '../action/world.ts';
import type { Outcome, SweepCase } from './sweep.ts';

const VAULT = 'https://vault.azure.net';
const REQUESTS = 10_000;
const CLIENTS = 32;
/** Longer than the agent needs to notice that its session or the runner is gone. */
const END_MS = 12_000;

interface Session {
  readonly job: Job;
  readonly step: ActionStep;
  readonly pid: number;
}

/** Causes an event. @returns the broken promise; `''` for none */
type Event = (session: Session) => Promise<string>;

/** Events after which the agent must issue tokens. `action/memory.test.ts` has those after which it must exit. */
const EVENTS: Readonly<Record<string, Event>> = {
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
    const requests = Array.from({ length: REQUESTS }).values();
    const client = async (): Promise<void> => {
      for (const _ of requests) if ((await statusOf(job)) !== 200) failed++;
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
    return failed === 0 ? '' : `${failed} of ${REQUESTS} requests failed`;
  },
  'a usage record that cannot be written': async ({ step }) => {
    const file = join(configDir(step), 'token-usage.json');
    rmSync(file);
    mkdirSync(join(file, 'in-the-way'), { recursive: true });
    return '';
  },
  'stopped and continued': async ({ job, pid }) => {
    process.kill(pid, 'SIGSTOP');
    const status = statusOf(job);
    await pause(200);
    process.kill(pid, 'SIGCONT');
    return (await status) === 200 ? '' : 'a client gets no token after the agent continues';
  },
};

export function agentLifeCases(): SweepCase[] {
  return [
    ...Object.entries(EVENTS).map(([name, event]) => sweepCase(name, event)),
    { name: 'agent, the runner gone', run: runnerGone },
  ];
}

function sweepCase(name: string, event: Event): SweepCase {
  return {
    name: `agent, ${name}`,
    run: async (world) => {
      using job = world.newJob();
      const step = await job.step({ inputs: inputsOf(world) });
      if (step.result.exitCode !== 0) return violation(step.result.log);
      const reason = await event({ job, step, pid: agentPid(step) });
      if (reason !== '') return violation(reason);
      if ((await statusOf(job)) !== 200) return violation('clients get no tokens');
      const post = await step.post();
      if (post.exitCode !== 0 || post.errors.length > 0) return violation(post.log);
      if (!(await hasExited(job))) return violation('the agent outlives post');
      return readdirSync(job.temp).length > 0 ? violation('a file remains') : { kind: 'succeeded' };
    },
  };
}

/** The parent of the step exits some seconds after the step, as a runner that dies. */
async function runnerGone(world: World): Promise<Outcome> {
  using job = world.newJob();
  const script = `require('node:child_process').spawn(process.execPath, [${JSON.stringify(join(ROOT, 'dist', 'main', 'index.js'))}])
    .once('exit', () => setTimeout(() => {}, 8000))`;
  const inputs = Object.entries(inputsOf(world)).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const files = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE'].map((name) => [name, join(job.folder, name)]);
  for (const [, file = ''] of files) writeFileSync(file, '');
  await job.run(process.execPath, ['-e', script], Object.fromEntries([...inputs, ...files]));
  const exported = readCommands(join(job.folder, 'GITHUB_ENV'));
  if (exported['IDENTITY_ENDPOINT'] === undefined) return violation('the sign-in failed');
  return (await hasExited(job)) ? { kind: 'killed' } : violation('the agent outlives the runner');
}

function inputsOf({ secret }: World): Record<string, string> {
  return { ...secret, subscription: 'Production', 'credential-store': 'memory' };
}

async function statusOf(job: Job): Promise<number> {
  return (await requestToken(job.env, VAULT).catch(() => ({ status: 0 }))).status;
}

async function hasExited(job: Job): Promise<boolean> {
  for (const end = Date.now() + END_MS; agentPids(job).length > 0; await pause(50)) if (Date.now() > end) return false;
  return true;
}

function violation(reason: string): Outcome {
  return { kind: 'violation', reason };
}
