import type { Runner } from './actions/runner.ts';
import type { Duty } from './agent/plan.ts';
import { findAccount } from './arm/find-account.ts';
import { ADFS_TENANT, type Cloud, cloudWarning, KNOWN_CLOUDS, tokenIssuer } from './core/clouds.ts';
import { type Credential, scopeOf, type TenantToken } from './core/credential.ts';
import { isGuid, isSpecificTenant } from './core/forms.ts';
import { idsOfToken, tenantOfToken } from './core/jwt.ts';
import type { CloudRequest, SignInRequest } from './core/request.ts';
import type { AccountWithTokens, ImportedCertificates, Session } from './core/session.ts';
import { credentialFor } from './entra/credentials.ts';
import type { SignInContext } from './entra/sign-in-context.ts';
import { type HttpClient, httpClient } from './http/http.ts';
import { type Deadline, startDeadline, traffic } from './http/retry.ts';
import { originsOf, type TcpConnections, yieldToNetwork } from './http/tcp.ts';
import { type ConfigDir, chooseConfigDir } from './profile/config-dir.ts';
import { imageSummary, readRunnerImage } from './profile/runner-image.ts';
import { publish } from './publish.ts';

/**
 * Signs in and publishes the session to later steps: acquires the tokens, verifies the account, then writes and
 * exports. Later steps see nothing before the session is complete.
 * @param tcp connections that are already being opened
 * @param alarm rejects when the sign-in is stuck
 * @throws {SessionError}
 */
export async function signIn(
  request: SignInRequest,
  runner: Runner,
  tcp: TcpConnections,
  alarm: Promise<never>,
): Promise<void> {
  if (runner.isDebug) {
    const { AsyncLocalStorage } = await import('node:async_hooks');
    traffic.log = { write: (line) => runner.debug(line), tries: new AsyncLocalStorage() };
  }
  const deadline = startDeadline(request.timeoutSeconds, alarm);
  const http = httpClient(runner.env, deadline, tcp);
  try {
    const configDir = await chooseConfigDir(request.configDir, runner);
    const context = contextFor(request, http, deadline, runner);
    maskRequestedIds(request, context.maskId);
    await http.preconnect(originsOf(request, runner.env));
    const cloud = await resolveCloud(request.cloud, context, runner);
    const [session, prepared] = await settleAll([
      acquire(request, { ...context, cloud }),
      preparePublishing(request, runner),
    ] as const);
    const { image, backgroundOf } = prepared;
    const background = await Promise.race([backgroundOf?.(session, configDir), alarm]);
    const published = background?.session ?? session;
    await publish(published, request, { configDir, image, background }, runner, deadline, alarm);
    if (session.kind === 'management-certificates') await afterImport(session, request, runner);
  } finally {
    http.close();
  }
}

/**
 * Reads the runner image and starts the background process while the requests are in flight. If the sign-in fails, the
 * background process ends with this one.
 */
async function preparePublishing(request: SignInRequest, runner: Runner) {
  await yieldToNetwork();
  const image = readRunnerImage(runner.env, runner.platform);
  runner.debug(imageSummary(image));
  await import('./profile/login.ts');
  const duty = dutyOf(request);
  if (duty === undefined) return { image };
  const { startAgent, backgroundOf } = await import('./agent/background.ts');
  // For some errors of the system, such as ENOMEM, Node throws instead of emitting an event.
  const agent = await startAgent(duty, runner.env).catch(() => undefined);
  const complete = (session: Session, configDir: ConfigDir) => backgroundOf(session, request, configDir, agent, runner);
  return { image, backgroundOf: complete };
}

/** @returns `undefined` if no process is needed: of the credentials in files, only an assertion expires during a job */
function dutyOf({ credential, credentialStore, keepAlive }: SignInRequest): Duty | undefined {
  if (credentialStore.kind === 'memory') return 'tokens';
  const isFederated = credential.method === 'oidc' || credential.method === 'workload-identity';
  return keepAlive && isFederated ? 'keep-alive' : undefined;
}

async function acquire(request: SignInRequest, context: SignInContext): Promise<Session> {
  const { credential: credentialRequest, subscription, tokenScopes } = request;
  if (credentialRequest.method === 'publish-settings') {
    const { importPublishSettings } = await import('./publish-settings/import.ts');
    return importPublishSettings(credentialRequest, subscription.idOrName, context);
  }
  const credential = await credentialFor(credentialRequest, context);
  const token = await credential.getToken(`${context.cloud.resourceManagerAudience}/.default`);
  context.mask(token.token);
  for (const id of idsOfToken(token.token)) context.maskId(id);
  const pendingAccount = findAccount(credentialRequest, subscription, token, credential.material(), context);
  const scopes = tokenScopes.map(scopeOf).filter((scope) => scope !== token.scope);
  const [{ account, managementTokens }, additionalTokens] = await settleAll([
    pendingAccount,
    tokensFor(scopes, credential, pendingAccount, context),
  ] as const);
  return { kind: 'account', account, material: credential.material(), managementTokens, additionalTokens };
}

/**
 * Requests the tokens for `token-scopes` concurrently with each other and with the subscriptions, and returns them in
 * input order. A user's tokens wait for the account, whose tenant issues them, as in `az`.
 */
async function tokensFor(
  scopes: readonly string[],
  credential: Credential,
  pendingAccount: Promise<AccountWithTokens>,
  { cloud, mask }: SignInContext,
): Promise<TenantToken[]> {
  const userTenantId = credential.material().kind === 'user' ? (await pendingAccount).account.tenantId : undefined;
  const requests = scopes.map(async (scope) => {
    const token = await credential.getToken(scope, userTenantId);
    mask(token.token);
    return { ...token, tenantId: tenantOfToken(token.token, cloud) || (await pendingAccount).account.tenantId };
  });
  return settleAll(requests);
}

/**
 * Like `Promise.all`, but waits for every promise even when one fails. Otherwise, a request that still retries would
 * keep the process alive after the step has failed. Of several failures, it throws the first in array order.
 */
export async function settleAll<T extends readonly unknown[]>(
  work: T,
): Promise<{ -readonly [K in keyof T]: Awaited<T[K]> }> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function afterImport(
  session: ImportedCertificates,
  { credential }: SignInRequest,
  runner: Runner,
): Promise<void> {
  if (credential.method !== 'publish-settings') return;
  const { disposeOfSource } = await import('./publish-settings/import.ts');
  for (const warning of disposeOfSource(session.source, credential.afterImport)) runner.warning(warning);
}

function contextFor(
  { maskIds, maxAttempts }: SignInRequest,
  http: HttpClient,
  deadline: Deadline,
  runner: Runner,
): Omit<SignInContext, 'cloud'> {
  return {
    http,
    env: runner.env,
    mask: (secret) => runner.mask(secret),
    // Ids are not secret, but some workflows keep them out of public logs.
    maskId: (id) => {
      if (maskIds && isSpecificTenant(id) && id !== ADFS_TENANT) runner.mask(id);
    },
    warn: (message) => runner.warning(message),
    announce: (message) => runner.notice(message),
    retry: { maxAttempts, deadline, log: (line) => runner.info(line) },
  };
}

/** Masks the ids from the inputs, which messages may show before the account is known. */
function maskRequestedIds(
  { credential, subscription: { idOrName = '' } }: SignInRequest,
  maskId: (id: string) => void,
): void {
  if ('clientId' in credential) maskId(credential.clientId);
  if ('tenantId' in credential) maskId(credential.tenantId);
  if (isGuid(idOrName)) maskId(idOrName);
}

/** Microsoft's clouds are built in; the endpoints of a private cloud are discovered. */
async function resolveCloud(
  request: CloudRequest,
  { http, retry }: Omit<SignInContext, 'cloud'>,
  runner: Runner,
): Promise<Cloud> {
  if (request.kind === 'known') {
    const cloud = KNOWN_CLOUDS[request.name];
    const warning = cloudWarning(cloud);
    if (warning !== '') runner.warning(warning);
    return cloud;
  }
  const { discoverCloud } = await import('./arm/discovery.ts');
  const cloud = await discoverCloud(request.resourceManagerUrl, http, retry);
  await http.preconnect([cloud.authority]);
  runner.info(`The cloud at ${cloud.resourceManager} gets its tokens from ${tokenIssuer(cloud, '').authority}.`);
  return cloud;
}
