import type { Runner } from './actions/runner.ts';
import type { Background } from './agent/background.ts';
import type { Duty } from './agent/plan.ts';
import { findAccount } from './arm/find-account.ts';
import { ADFS_TENANT, type Cloud, cloudWarning, KNOWN_CLOUDS, tokenIssuer } from './core/clouds.ts';
import { type Credential, scopeOf, type TenantToken } from './core/credential.ts';
import { isGuid, namesTenant } from './core/forms.ts';
import { idsOfToken, tenantOfToken } from './core/jwt.ts';
import type { CloudRequest, SignInRequest } from './core/request.ts';
import type { AccountWithTokens, ImportedCertificates, Session } from './core/session.ts';
import { credentialFor } from './entra/credentials.ts';
import type { SignInContext } from './entra/sign-in-context.ts';
import { type HttpClient, httpClient } from './http/http.ts';
import { type Deadline, startDeadline, traffic } from './http/retry.ts';
import { type TcpConnections, yieldToNetwork } from './http/tcp.ts';
import { type ConfigDir, chooseConfigDir } from './profile/config-dir.ts';
import { imageSummary, type RunnerImage, readRunnerImage } from './profile/runner-image.ts';
import { publish } from './publish.ts';

/**
 * Signs in and hands the session over to later steps: acquire, verify, then write and export. Until the last of it
 * nothing can be seen from outside.
 * @param tcp its preconnected connections
 * @param alarm rejects when it can no longer come to an end of its own
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
    await http.preconnect(tcp.origins);
    const cloud = await chosenCloud(request.cloud, context, runner);
    const [session, prepared] = await allOf([
      acquire(request, { ...context, cloud }),
      preparePublishing(request, runner),
    ] as const);
    const { image, backgroundOf } = prepared;
    const background = await Promise.race([backgroundOf(session, configDir), alarm]);
    const published = background?.session ?? session;
    await publish(published, request, { configDir, image, background }, runner, deadline, alarm);
    if (session.kind === 'management-certificates') await afterImport(session, request, runner);
  } finally {
    http.close();
  }
}

interface Prepared {
  readonly image: RunnerImage;
  readonly backgroundOf: (session: Session, configDir: ConfigDir) => Promise<Background | undefined>;
}

/**
 * What publishing will need, while answers are under way: what the image keeps, and the background process. If the
 * sign-in fails, that ends with this process.
 */
async function preparePublishing(request: SignInRequest, runner: Runner): Promise<Prepared> {
  await yieldToNetwork();
  const image = readRunnerImage(runner.env, runner.platform);
  runner.debug(imageSummary(image));
  await import('./profile/login.ts');
  const duty = dutyOf(request);
  if (duty === undefined) return { image, backgroundOf: async () => undefined };
  const { startAgent, backgroundOf } = await import('./agent/background.ts');
  const agent = await startAgent(duty, runner.env);
  return { image, backgroundOf: (session, configDir) => backgroundOf(session, request, configDir, agent, runner) };
}

/** @returns `undefined` where no process is needed: of the credentials in files only an assertion grows old within a job */
function dutyOf({ credential, credentialStore, keepAlive }: SignInRequest): Duty | undefined {
  if (credentialStore.kind === 'memory') return 'tokens';
  const isFederated = credential.method === 'oidc' || credential.method === 'workload-identity';
  return keepAlive && isFederated ? 'keep-alive' : undefined;
}

async function acquire(request: SignInRequest, context: SignInContext): Promise<Session> {
  const { credential: how, subscription, tokenScopes } = request;
  if (how.method === 'publish-settings') {
    const { importPublishSettings } = await import('./publish-settings/import.ts');
    return importPublishSettings(how, subscription.wanted, context);
  }
  const credential = await credentialFor(how, context);
  const token = await credential.getToken(`${context.cloud.resourceManagerAudience}/.default`);
  context.mask(token.token);
  for (const id of idsOfToken(token.token)) context.maskId(id);
  const found = findAccount(how, subscription, token, credential.material(), context);
  const scopes = tokenScopes.map(scopeOf).filter((scope) => scope !== token.scope);
  const [{ account, managementTokens }, furtherTokens] = await allOf([
    found,
    tokensFor(scopes, credential, found, context),
  ] as const);
  return { kind: 'account', account, material: credential.material(), managementTokens, furtherTokens };
}

/**
 * The tokens that `token-scopes` asks for, in that order: one request each, all at the same time, beside those for the
 * subscriptions. But of a user these tell first which tenant the tokens are for, as `az` would have them.
 */
async function tokensFor(
  scopes: readonly string[],
  credential: Credential,
  found: Promise<AccountWithTokens>,
  { cloud, mask }: SignInContext,
): Promise<TenantToken[]> {
  const ofUser = credential.material().kind === 'user' ? (await found).account.tenantId : undefined;
  const requests = scopes.map(async (scope) => {
    const token = await credential.getToken(scope, ofUser);
    mask(token.token);
    return { ...token, tenantId: tenantOfToken(token.token, cloud) || (await found).account.tenantId };
  });
  return allOf(requests);
}

/**
 * `Promise.all` that waits for the others when one fails: a request that is still tried again would hold up the end of
 * the step. Of several failures it is the first in order.
 */
export async function allOf<T extends readonly unknown[]>(
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
      if (maskIds && namesTenant(id) && id !== ADFS_TENANT) runner.mask(id);
    },
    warn: (message) => runner.warning(message),
    announce: (message) => runner.notice(message),
    retry: { maxAttempts, deadline, log: (line) => runner.info(line) },
  };
}

/** The ids that the workflow gave: messages may show them before anything is known of the account. */
function maskRequestedIds(
  { credential, subscription: { wanted = '' } }: SignInRequest,
  maskId: (id: string) => void,
): void {
  if ('clientId' in credential) maskId(credential.clientId);
  if ('tenantId' in credential) maskId(credential.tenantId);
  if ('identity' in credential && credential.identity.kind === 'user-assigned') maskId(credential.identity.clientId);
  if (isGuid(wanted)) maskId(wanted);
}

/** One of Microsoft's clouds is known; a private one tells of itself. */
async function chosenCloud(
  request: CloudRequest,
  { http, retry }: Omit<SignInContext, 'cloud'>,
  runner: Runner,
): Promise<Cloud> {
  if (request.kind === 'known') {
    const known = KNOWN_CLOUDS[request.name];
    const warning = cloudWarning(known);
    if (warning !== '') runner.warning(warning);
    return known;
  }
  const { discoverCloud } = await import('./arm/discovery.ts');
  const cloud = await discoverCloud(request, http, retry);
  await http.preconnect([cloud.authority]);
  runner.info(`The cloud at ${cloud.resourceManager} has its tokens from ${tokenIssuer(cloud, '').authority}.`);
  return cloud;
}
