/** Events in the life of an agent in memory, and whether its clients get tokens afterwards. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ActionStep, type Job, ROOT, readCommands } from '../../simulator/job.ts';
import { signalAgent, waitForNoAgent } from '../action/processes.ts';
import { requestToken } from '../action/token-client.ts';
import { assertSignedOut, configDir, type World } from '../action/world.ts';
import type { Outcome, SweepCase } from './sweep.ts';

const REQUESTS = 10_000;
const CLIENTS = 32;

/** Events after which the agent must issue tokens. `action/memory.test.ts` has those after which it must exit. */
const EVENTS: Readonly<Record<string, (job: Job, step: ActionStep) => Promise<void> | void>> = {
  'ten thousand requests': async (job) => {
    const requests = Array.from({ length: REQUESTS }).values();
    const client = async (): Promise<void> => {
      for (const _ of requests) await assertToken(job);
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  },
  'a usage record that cannot be written': (_, step) => {
    const file = join(configDir(step), 'token-usage.json');
    rmSync(file);
    mkdirSync(join(file, 'in-the-way'), { recursive: true });
  },
  'stopped and continued': async (job, step) => {
    signalAgent(step, 'SIGSTOP');
    const token = assertToken(job);
    await pause(200);
    signalAgent(step, 'SIGCONT');
    await token;
  },
};

export function agentLifeCases(): SweepCase[] {
  const cases = Object.entries(EVENTS).map(([name, event]) => ({
    name: `agent, ${name}`,
    run: async (world: World): Promise<Outcome> => {
      using job = world.newJob();
      const before = { ...job.env };
      const step = await world.signIn(inputsOf(world), { job });
      await event(job, step);
      await assertToken(job);
      await assertSignedOut(step, job, before);
      await waitForNoAgent(job);
      return { kind: 'succeeded' };
    },
  }));
  return [
    ...cases,
    { name: 'agent, the runner gone', run: runnerGone },
    { name: 'agent, a wrapper around Node gone after a slow step', run: wrapperGone },
  ];
}

/** The parent of the step exits some seconds after the step, as a runner that dies. */
async function runnerGone(world: World): Promise<Outcome> {
  using job = world.newJob();
  await signInBelow(world, job, 8000);
  await waitForNoAgent(job);
  return { kind: 'killed' };
}

/** The parent of the step exits with the step, which PowerShell prolongs beyond the first check of the agent. */
export async function wrapperGone(world: World): Promise<Outcome> {
  using job = world.newJob();
  writeFileSync(join(job.folder, 'pwsh'), '#!/bin/sh\nsleep 7\n', { mode: 0o755 });
  const path = `${job.folder}${delimiter}${job.env['PATH']}`;
  await signInBelow(world, job, 0, { PATH: path, 'INPUT_ENABLE-AZPSSESSION': 'true' });
  await pause(6000);
  await assertToken(job);
  rmSync(job.env['AZURE_CONFIG_DIR'] ?? '', { recursive: true });
  await waitForNoAgent(job);
  return { kind: 'succeeded' };
}

/** @param extraMs how long the parent of the step lives after it */
async function signInBelow(world: World, job: Job, extraMs: number, env: Record<string, string> = {}): Promise<void> {
  const main = JSON.stringify(join(ROOT, 'dist', 'main', 'index.js'));
  const script = `require('node:child_process').spawn(process.execPath, [${main}])
    .once('exit', () => setTimeout(() => {}, ${extraMs}))`;
  const inputs = Object.entries(inputsOf(world)).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]);
  const files = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE'].map((name) => [name, join(job.folder, name)]);
  for (const [, file = ''] of files) writeFileSync(file, '');
  const variables = { ...Object.fromEntries([...inputs, ...files]), ...env };
  const { log } = await job.run(process.execPath, ['-e', script], variables);
  Object.assign(job.env, readCommands(join(job.folder, 'GITHUB_ENV')));
  assert.ok(job.env['IDENTITY_ENDPOINT'], log);
}

function inputsOf({ secret }: World): Record<string, string> {
  return { ...secret, subscription: 'Production', 'credential-store': 'memory' };
}

async function assertToken(job: Job): Promise<void> {
  assert.equal((await requestToken(job.env, 'https://vault.azure.net')).status, 200);
}
