import { writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type AgentPlan, type Duty, type KeepAlivePlan, SOCKET, type TokenPlan } from './agent/plan.ts';

/** A late error on an unused connection must not end the session. */
process.on('uncaughtException', () => {});

/**
 * The agent's entry: a process that outlives the step that started it. It loads its modules while the sign-in runs. If
 * the sign-in fails or is killed, standard input closes before the plan is complete, and the agent exits.
 */
main().catch(() => process.exit(1));

async function main(): Promise<void> {
  const duty = process.argv[2] as Duty;
  if (duty === 'tokens') return startTokenServer();
  const { keepAlive } = await import('./agent/keep-alive.ts');
  await keepAlive(await readPlan<KeepAlivePlan>());
}

/** The sign-in needs the port, so it passes its listening socket on. On Windows the agent prints its port instead. */
async function startTokenServer(): Promise<void> {
  const [{ listen }, { serveTokens, excludeFromCoreDumps }] = await Promise.all([
    import('./agent/token-server.ts'),
    import('./agent/serve-tokens.ts'),
  ]);
  excludeFromCoreDumps();
  const service = readPlan<TokenPlan>().then(serveTokens);
  if (process.platform === 'win32') {
    const server = await listen({ host: '127.0.0.1', port: 0 }, service);
    writeSync(1, String((server.address() as AddressInfo).port));
  } else await listen({ fd: SOCKET }, service);
  await service;
}

async function readPlan<Plan extends AgentPlan>(): Promise<Plan> {
  try {
    return JSON.parse(await text(process.stdin)) as Plan;
  } catch {
    return process.exit();
  }
}
