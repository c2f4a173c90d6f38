import { type Cloud, KNOWN_CLOUDS } from './azure/clouds.ts';
import { findAccount } from './azure/find-account.ts';
import { credentialFor } from './credentials/credentials.ts';
import { idTokenOrigin } from './credentials/github-id-token.ts';
import type { SignInContext } from './credentials/sign-in-context.ts';
import { handOver } from './hand-over.ts';
import type { CloudRequest, CredentialRequest, SignInRequest } from './inputs/request.ts';
import { type HttpClient, httpClient } from './net/http.ts';
import { type Deadline, startDeadline } from './net/retry.ts';
import type { Runner } from './runner/runner.ts';
import { SessionError } from './session-error.ts';

/**
 * Signs in and hands the session over to later steps: acquire, verify, then write and export. Until the last of it
 * nothing can be seen from outside.
 * @throws {SessionError}
 */
export async function signIn(request: SignInRequest, runner: Runner): Promise<void> {
  const deadline = startDeadline(request.timeoutSeconds);
  const http = httpClient(runner.env, deadline);
  try {
    const cloud = cloudOf(request.cloud);
    const context = contextFor(request, cloud, http, deadline, runner);
    if (request.maskIds) maskIds(request.credential, runner);
    connectAhead(request, context);
    const credential = await credentialFor(request.credential, context);
    const token = await credential.getToken(`${cloud.resourceManagerAudience}/.default`);
    const account = await findAccount(request, token, context);
    if (request.maskIds) for (const { id } of account.subscriptions) runner.mask(id);
    const managementToken = { ...token, tenantId: account.tenantId };
    const signedIn = {
      account,
      handover: credential.handover(),
      managementTokens: [managementToken],
      furtherTokens: [],
    } as const;
    handOver(signedIn, request, runner);
  } finally {
    http.close();
  }
}

function contextFor(
  request: SignInRequest,
  cloud: Cloud,
  http: HttpClient,
  deadline: Deadline,
  runner: Runner,
): SignInContext {
  return {
    cloud,
    http,
    env: runner.env,
    mask: (secret) => runner.mask(secret),
    warn: (message) => runner.warning(message),
    announce: (message) => runner.notice(message),
    retry: {
      maxAttempts: request.maxAttempts,
      deadline,
      log: (line) => runner.info(line),
      random: Math.random,
    },
  };
}

/** Ids are no secrets; some want them out of public logs all the same. */
function maskIds(credential: CredentialRequest, runner: Runner): void {
  if ('clientId' in credential) runner.mask(credential.clientId);
  if ('tenantId' in credential) runner.mask(credential.tenantId);
}

/** The three hosts of a sign-in are asked one after the other; their connections are made at the same time. */
function connectAhead(request: SignInRequest, { cloud, env, http }: SignInContext): void {
  const github = request.credential.method === 'oidc' ? idTokenOrigin(env) : undefined;
  if (github !== undefined) http.openAhead(github);
  http.openAhead(cloud.authority);
  http.openAhead(cloud.resourceManager);
}

function cloudOf(request: CloudRequest): Cloud {
  if (request.kind === 'known') return KNOWN_CLOUDS[request.name];
  throw new SessionError('Private clouds are not built into this version yet.');
}
