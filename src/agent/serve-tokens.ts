import { writeFileSync } from 'node:fs';
import type { Cloud, CloudServices, KnownCloudName } from '../core/clouds.ts';
import { type AccessToken, scopeOf } from '../core/credential.ts';
import { ignoreErrors } from '../core/ignore-errors.ts';
import { parseJsonObject } from '../core/json.ts';
import { processStart } from '../core/machine.ts';
import { startDeadline } from '../http/retry.ts';
import { sessionExists } from '../profile/saved-session.ts';
import { usageRecorder } from './housekeeping.ts';
import { POLL_MS, type TokenPlan } from './plan.ts';
import { type EndpointRequest, type EndpointResponse, errorResponse, type TokenService } from './token-server.ts';
import { type TokenSource, tokenSource } from './token-source.ts';

/** The longest job on self-hosted runners: five days. Source: GitHub Docs, "Actions limits". */
const MAX_JOB_MS = 5 * 24 * 60 * 60 * 1000;

/** Serves tokens until the session ends: its folder or the runner is gone, or no job lasts longer. */
export function serveTokens(plan: TokenPlan): TokenService {
  const end = Date.now() + MAX_JOB_MS;
  const isRunnerGone = watchRunner(plan.runner);
  // Started first: if anything below fails, the process still ends with its session.
  setInterval(() => {
    if (!sessionExists(plan) || isRunnerGone() || Date.now() >= end) process.exit();
  }, POLL_MS);
  const source = tokenSource(plan, { ...process.env, ...plan.idTokenService });
  const audiences = allowedAudiences(plan.audiences, plan.cloud);
  const record = usageRecorder(plan);
  return {
    secret: plan.secret,
    respond: async (request, client) => {
      // Where a sign-out cannot kill this process (Windows, macOS), it removes the folder alone.
      if (!sessionExists(plan)) process.exit();
      const response = 'status' in request ? request : await responseTo(request, plan, audiences, source);
      record(response, client);
      return response;
    },
  };
}

async function responseTo(
  request: EndpointRequest,
  plan: TokenPlan,
  audiences: readonly string[],
  source: TokenSource,
): Promise<EndpointResponse> {
  const { resource, identity, rejected } = request;
  if (!isOwnIdentity(identity, plan)) {
    for (const endpoint of plan.earlier) {
      const forwarded = await forward(request, endpoint);
      if (forwarded !== undefined) return forwarded;
    }
    return errorResponse(400, 'invalid_request', 'The session does not have the requested identity.');
  }
  if (audiences.length > 0 && !audiences.includes(normalizeResource(resource))) {
    const why = `The session issues no tokens for ${resource}: the input token-audiences of the sign-in does not list it.`;
    return errorResponse(403, 'access_denied', why);
  }
  const token = await source(scopeOf(resource), rejected);
  return 'status' in token ? token : tokenResponse(token, resource, plan);
}

/** All values are strings, as in every managed-identity endpoint. Terraform needs `expires_in`. */
function tokenResponse({ token, expiresOn }: AccessToken, resource: string, { clientId }: TokenPlan): EndpointResponse {
  const now = Math.floor(Date.now() / 1000);
  const expiry = Math.floor(expiresOn.getTime() / 1000);
  const expiresIn = String(Math.max(0, expiry - now));
  return {
    status: 200,
    body: {
      access_token: token,
      client_id: clientId,
      expires_in: expiresIn,
      expires_on: String(expiry),
      ext_expires_in: expiresIn,
      not_before: String(now),
      resource,
      token_type: 'Bearer',
    },
  };
}

function isOwnIdentity(identity: EndpointRequest['identity'], { clientId, objectId }: TokenPlan): boolean {
  return Object.entries(identity).every(([field, value]) => {
    const own = field.startsWith('client') ? clientId : field.endsWith('res_id') ? '' : objectId;
    return value.toLowerCase() === own.toLowerCase();
  });
}

/** Longer than `plainHttpClient` waits for a response. */
const FORWARD_SECONDS = 25;

/**
 * Forwards a request to the endpoint of an earlier login, whose variables this login replaced. No credential travels:
 * each login issues its own tokens.
 * @returns `undefined` once that login has ended
 */
async function forward(
  { resource, identity, rejected, userAgent }: EndpointRequest,
  { url, secret }: TokenPlan['earlier'][number],
): Promise<EndpointResponse | undefined> {
  const { EndpointUnavailable, plainHttpClient } = await import('../http/plain-http.ts');
  const client = plainHttpClient([{ origin: new URL(url).origin }], startDeadline(FORWARD_SECONDS));
  const query = new URLSearchParams({ resource, ...identity, token_sha256_to_refresh: rejected });
  try {
    const { status, body } = await client.send({
      method: 'GET',
      url: `${url}?${query}`,
      headers: { 'X-IDENTITY-HEADER': secret, 'User-Agent': userAgent },
    });
    const json = parseJsonObject(body);
    // Another process has the port now: a program without JSON, or a session with another secret.
    if (json === undefined || status === 401) return undefined;
    return { status: status < 500 ? status : 503, body: json as EndpointResponse['body'] };
  } catch (error) {
    if (error instanceof EndpointUnavailable) return undefined;
    return errorResponse(503, 'temporarily_unavailable', 'The earlier login did not respond.');
  }
}

/** For clouds that clients know by name. Source: azure-cli, `azure/cli/core/cloud.py`. */
const BUILT_IN: Readonly<Record<string, CloudServices>> = {
  AzureCloud: { microsoftGraphResourceId: 'https://graph.microsoft.com', keyVaultDns: 'vault.azure.net' },
  AzureUSGovernment: { microsoftGraphResourceId: 'https://graph.microsoft.us', keyVaultDns: 'vault.usgovcloudapi.net' },
  AzureChinaCloud: {
    microsoftGraphResourceId: 'https://microsoftgraph.chinacloudapi.cn',
    keyVaultDns: 'vault.azure.cn',
  },
} satisfies Record<Exclude<KnownCloudName, 'AzureGermanCloud'>, CloudServices>;

/** The resources that `token-audiences` allows, normalized. */
function allowedAudiences(
  lines: readonly string[],
  { name, definition, resourceManager, resourceManagerAudience }: Cloud,
): string[] {
  const services = definition.kind === 'written' ? definition.services : BUILT_IN[name];
  const words: Readonly<Record<string, readonly string[]>> = {
    arm: [resourceManager, resourceManagerAudience],
    graph: [services?.microsoftGraphResourceId ?? ''],
    keyvault: [`https://${services?.keyVaultDns ?? ''}`],
    // The same in every Microsoft cloud.
    storage: ['https://storage.azure.com'],
  };
  return lines.flatMap((line) => words[line.toLowerCase()] ?? [line]).map(normalizeResource);
}

/** Clients differ in the slash at the end of a resource. */
function normalizeResource(resource: string): string {
  return resource
    .toLowerCase()
    .replace(/\/\.default$/, '')
    .replace(/\/+$/, '');
}

/**
 * Watches the process that started the step. A wrapper script around Node ends with the step, so the process counts only
 * if it is still running at the first poll after the step, which can be slow, as with PowerShell.
 */
function watchRunner({ pid, started, step }: TokenPlan['runner']): () => boolean {
  const isRunning = (): boolean => processStart(pid) === started;
  let wasRunning: boolean | undefined;
  return () => {
    if (started === '' || process.ppid === step) return false;
    wasRunning ??= isRunning();
    return wasRunning && !isRunning();
  };
}

/** Linux only. Source: core(5), "Controlling which mappings are written to the core dump". */
export function excludeFromCoreDumps(): void {
  ignoreErrors(() => writeFileSync('/proc/self/coredump_filter', '0'));
}
