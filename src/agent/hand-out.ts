import { writeFileSync } from 'node:fs';
import { scopeOf } from '../core/credential.ts';
import { processStart } from '../core/machine.ts';
import { isSessionThere } from '../profile/saved-session.ts';
import { comparable } from './audiences.ts';
import type { TokenPlan } from './plan.ts';
import { TokenAccount } from './token-account.ts';
import { refusal, type TokenAnswer, type TokenQuestion, type TokenServer } from './token-server.ts';
import { TokenSource } from './token-source.ts';

const LOOK_MS = 5000;
/** A job on a runner of one's own ends after five days at the latest. Source: GitHub Docs, "Actions limits". */
const LONGEST_JOB_MS = 5 * 24 * 60 * 60 * 1000;

/** Hands out tokens until the session is over: its folder or the runner gone, or no job lives so long. */
export function handOut(plan: TokenPlan, server: TokenServer): void {
  const end = Date.now() + LONGEST_JOB_MS;
  const isRunnerGone = watchRunner(plan.runner);
  // First of all: whatever goes wrong below, the process must not outlive its session.
  setInterval(() => {
    if (!isSessionThere(plan) || isRunnerGone() || Date.now() >= end) process.exit();
  }, LOOK_MS);
  const source = new TokenSource(plan, { ...process.env, ...plan.idTokenService });
  const account = new TokenAccount(plan);
  server.serve({
    secret: plan.secret,
    answer: async (question) => {
      // A sign-out ends this process where the system proves which it is; on Windows and macOS it removes the folder alone.
      if (!isSessionThere(plan)) process.exit();
      const answer = await answerTo(question, plan, source);
      account.note(question, answer);
      return answer;
    },
    turnedAway: (reason) => account.turnedAway(reason),
  });
  process.on('SIGTERM', () => {
    account.write();
    process.exit();
  });
}

async function answerTo(question: TokenQuestion, plan: TokenPlan, source: TokenSource): Promise<TokenAnswer> {
  const { resource, identity } = question;
  if (!isOurs(identity, plan)) return notOurs(question, plan);
  const { clientId, audiences } = plan;
  if (audiences.length > 0 && !audiences.includes(comparable(resource))) {
    return refusal(
      403,
      'access_denied',
      `The session gives no tokens for ${resource}: the input token-audiences of the sign-in does not name it.`,
    );
  }
  const fetched = await source.get(scopeOf(resource), question.refused);
  if ('refused' in fetched) return fetched.refused;
  const { token, expiresOn } = fetched.token;
  const seconds = Math.floor(expiresOn.getTime() / 1000);
  const left = String(Math.max(0, seconds - Math.floor(Date.now() / 1000)));
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: clientId,
      // Text, as all endpoints of managed identities write it. Terraform needs `expires_in`.
      expires_in: left,
      expires_on: String(seconds),
      ext_expires_in: left,
      not_before: String(Math.floor(Date.now() / 1000)),
      resource,
      token_type: 'Bearer',
    },
  };
}

function isOurs(identity: TokenQuestion['identity'], { clientId, objectId }: TokenPlan): boolean {
  return [...identity].every(([field, value]) => {
    const own = field.startsWith('client') ? clientId : field.endsWith('res_id') ? '' : objectId;
    return value.toLowerCase() === own.toLowerCase();
  });
}

/** An earlier login of the job may have it: clients of its folder find this endpoint in their environment. */
async function notOurs(question: TokenQuestion, { earlier }: TokenPlan): Promise<TokenAnswer> {
  const unknown = refusal(400, 'invalid_request', 'The identity that is asked for is none of this session.');
  if (earlier === undefined) return unknown;
  const { askEarlier } = await import('./earlier-login.ts');
  return (await askEarlier(question, earlier)) ?? unknown;
}

/**
 * The process that started the step, as long as it was there for a while: a script around Node ends with the step, the
 * runner with the job.
 */
function watchRunner({ pid, started }: TokenPlan['runner']): () => boolean {
  const isThere = (): boolean => processStart(pid) === started;
  let wasThere: boolean | undefined;
  return () => {
    if (started === '') return false;
    wasThere ??= isThere();
    return wasThere && !isThere();
  };
}

/** None of its memory, should the system write one. Source: core(5), "Controlling which mappings are written". */
export function leaveOutOfCoreDumps(): void {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
  } catch {
    // Linux alone has it.
  }
}
