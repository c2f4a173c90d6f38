import { writeSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type AgentPlan, type Duty, type KeepAlivePlan, SOCKET, type TokenPlan } from './agent/plan.ts';

/** An error of a connection that nobody uses any more is no reason to end the session. */
process.on('uncaughtException', () => {});

/**
 * The agent's entry: a process of its own that outlives the step which started it. A sign-in that fails, or is killed,
 * closes its standard input without a whole plan. What each duty needs is loaded while the sign-in goes on.
 */
main().catch(() => process.exit(1));

async function main(): Promise<void> {
  const duty = process.argv[2] as Duty;
  if (duty === 'tokens') return handOutTokens();
  const { keepAlive } = await import('./agent/keep-alive.ts');
  await keepAlive(await planFor<KeepAlivePlan>());
}

/** The socket comes from the sign-in, which has to know the port. Windows passes none on: there the agent says its port. */
async function handOutTokens(): Promise<void> {
  const [{ listen }, { handOut, leaveOutOfCoreDumps }] = await Promise.all([
    import('./agent/token-server.ts'),
    import('./agent/hand-out.ts'),
  ]);
  leaveOutOfCoreDumps();
  const session = planFor<TokenPlan>().then(handOut);
  if (process.platform === 'win32') {
    const server = await listen({ host: '127.0.0.1', port: 0 }, session);
    writeSync(1, String((server.address() as AddressInfo).port));
  } else await listen({ fd: SOCKET }, session);
  await session;
}

async function planFor<Plan extends AgentPlan>(): Promise<Plan> {
  try {
    return JSON.parse(await text(process.stdin)) as Plan;
  } catch {
    return process.exit();
  }
}
