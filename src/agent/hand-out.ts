import { writeFileSync } from 'node:fs';
import type { CloudServices } from '../core/cloud-services.ts';
import type { Cloud, KnownCloudName } from '../core/clouds.ts';
import { type AccessToken, scopeOf } from '../core/credential.ts';
import { parseJsonObject } from '../core/json.ts';
import { processStart } from '../core/machine.ts';
import { startDeadline } from '../http/retry.ts';
import { isSessionThere } from '../profile/saved-session.ts';
import { tokenAccount } from './for-post.ts';
import type { TokenPlan } from './plan.ts';
import { refusal, type TokenAnswer, type TokenQuestion, type TokenService } from './token-server.ts';
import { type TokenSource, tokenSource } from './token-source.ts';

const LOOK_MS = 5000;
/** A job on a runner of one's own ends after five days at the latest. Source: GitHub Docs, "Actions limits". */
const LONGEST_JOB_MS = 5 * 24 * 60 * 60 * 1000;

/** Hands out tokens until the session is over: its folder or the runner gone, or no job lives so long. */
export function handOut(plan: TokenPlan): TokenService {
  const end = Date.now() + LONGEST_JOB_MS;
  const isRunnerGone = watchRunner(plan.runner);
  // First of all: whatever goes wrong below, the process must not outlive its session.
  setInterval(() => {
    if (!isSessionThere(plan) || isRunnerGone() || Date.now() >= end) process.exit();
  }, LOOK_MS);
  const source = tokenSource(plan, { ...process.env, ...plan.idTokenService });
  const audiences = audiencesOf(plan.audiences, plan.cloud);
  const note = tokenAccount(plan);
  return {
    secret: plan.secret,
    answer: async (question, client) => {
      // A sign-out ends this process where the system proves which it is; on Windows and macOS it removes the folder alone.
      if (!isSessionThere(plan)) process.exit();
      const answer = 'status' in question ? question : await answerTo(question, plan, audiences, source);
      note(answer, client);
      return answer;
    },
  };
}

async function answerTo(
  question: TokenQuestion,
  plan: TokenPlan,
  audiences: readonly string[],
  source: TokenSource,
): Promise<TokenAnswer> {
  const { resource, identity, refused } = question;
  if (!isOurs(identity, plan)) {
    const ofEarlier = plan.earlier && (await askEarlier(question, plan.earlier));
    return ofEarlier ?? refusal(400, 'invalid_request', 'The identity that is asked for is none of this session.');
  }
  if (audiences.length > 0 && !audiences.includes(comparable(resource))) {
    const why = `The session gives no tokens for ${resource}: the input token-audiences of the sign-in does not name it.`;
    return refusal(403, 'access_denied', why);
  }
  const token = await source(scopeOf(resource), refused);
  return 'status' in token ? token : issued(token, resource, plan);
}

/** Text, as all endpoints of managed identities write it. Terraform needs `expires_in`. */
function issued({ token, expiresOn }: AccessToken, resource: string, { clientId }: TokenPlan): TokenAnswer {
  const now = Math.floor(Date.now() / 1000);
  const seconds = Math.floor(expiresOn.getTime() / 1000);
  const left = String(Math.max(0, seconds - now));
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: clientId,
      expires_in: left,
      expires_on: String(seconds),
      ext_expires_in: left,
      not_before: String(now),
      resource,
      token_type: 'Bearer',
    },
  };
}

function isOurs(identity: TokenQuestion['identity'], { clientId, objectId }: TokenPlan): boolean {
  return Object.entries(identity).every(([field, value]) => {
    const own = field.startsWith('client') ? clientId : field.endsWith('res_id') ? '' : objectId;
    return value.toLowerCase() === own.toLowerCase();
  });
}

/** Longer than the earlier login itself puts up with trouble. */
const PATIENCE_SECONDS = 25;

/**
 * Passes a question on to the endpoint of an earlier login, whose clients find this one in their environment: no credential
 * travels, and each login gives its own tokens.
 * @returns `undefined` where that login is over
 */
async function askEarlier(
  { resource, identity, refused, userAgent }: TokenQuestion,
  { url, secret }: NonNullable<TokenPlan['earlier']>,
): Promise<TokenAnswer | undefined> {
  const { plainHttpClient } = await import('../http/plain-http.ts');
  const client = plainHttpClient([{ origin: new URL(url).origin }], startDeadline(PATIENCE_SECONDS));
  const query = new URLSearchParams({ resource, ...identity, token_sha256_to_refresh: refused });
  try {
    const { status, body } = await client.send({
      method: 'GET',
      url: `${url}?${query}`,
      headers: { 'X-IDENTITY-HEADER': secret, 'User-Agent': userAgent },
    });
    return { status: status < 500 ? status : 503, body: (parseJsonObject(body) ?? {}) as TokenAnswer['body'] };
  } catch {
    return undefined;
  }
}

/** The services of clouds that every client knows by name. Source: azure-cli, `azure/cli/core/cloud.py`. */
const BUILT_IN: Readonly<Record<string, CloudServices>> = {
  AzureCloud: { microsoftGraphResourceId: 'https://graph.microsoft.com', keyVaultDns: 'vault.azure.net' },
  AzureUSGovernment: { microsoftGraphResourceId: 'https://graph.microsoft.us', keyVaultDns: 'vault.usgovcloudapi.net' },
  AzureChinaCloud: {
    microsoftGraphResourceId: 'https://microsoftgraph.chinacloudapi.cn',
    keyVaultDns: 'vault.azure.cn',
  },
} satisfies Record<Exclude<KnownCloudName, 'AzureGermanCloud'>, CloudServices>;

/** The resources of `token-audiences`, as `comparable` makes them. */
function audiencesOf(
  wanted: readonly string[],
  { name, definition, resourceManager, resourceManagerAudience }: Cloud,
): string[] {
  const services = definition.kind === 'written' ? definition.services : BUILT_IN[name];
  const words: Readonly<Record<string, readonly string[]>> = {
    arm: [resourceManager, resourceManagerAudience],
    graph: [services?.microsoftGraphResourceId ?? ''],
    keyvault: [`https://${services?.keyVaultDns ?? ''}`],
    // One for all clouds of Microsoft's.
    storage: ['https://storage.azure.com'],
  };
  return wanted.flatMap((word) => words[word.toLowerCase()] ?? [word]).map(comparable);
}

/** Clients write a slash at the end of a resource, or none. */
function comparable(resource: string): string {
  return resource
    .toLowerCase()
    .replace(/\/\.default$/, '')
    .replace(/\/+$/, '');
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
