import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { failureSummary } from '../../src/actions/summary.ts';
import { cloudFromMetadata } from '../../src/arm/discovery.ts';
import { findAccount } from '../../src/arm/subscriptions.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { TokenRequest } from '../../src/core/request.ts';
import type { Session } from '../../src/core/session.ts';
import { SessionError } from '../../src/core/session-error.ts';
import type { SignInContext } from '../../src/entra/credentials.ts';
import { credentialFor } from '../../src/entra/credentials.ts';
import { requestGitHubIdToken } from '../../src/entra/github-id-token.ts';
import { readIdentityAnswer } from '../../src/entra/managed-identity.ts';
import { outputs } from '../../src/exports/outputs.ts';
import type { HttpClient, HttpResponse } from '../../src/http/http.ts';
import { isTransientStatus, retryAfterMs, startDeadline, TransientFailure } from '../../src/http/retry.ts';
import { clientCloud } from '../../src/profile/cloud-definition.ts';
import { loginDataOf, newDocuments } from '../../src/profile/login.ts';
import { loginFiles } from '../../src/profile/saved-session.ts';
import { CLIENT, TENANT } from '../inputs/workflow-step.ts';
import { newIniFiles } from '../profile/logins.ts';
import { type Property, property, refusable, shownOf, type Verdict } from './harness.ts';
import { sectionsOf } from './python-ini.ts';
import { damaged, guid, headers, jsonText, secret, token, word } from './texts.ts';

/** Answers of Entra ID, GitHub, Resource Manager, identity endpoints and private clouds. */

function response(body: fc.Arbitrary<string>): fc.Arbitrary<HttpResponse> {
  const status = fc.oneof(
    { weight: 5, arbitrary: fc.constant(200) },
    fc.constantFrom(400, 401, 403, 404, 302, 204, 429, 500, 503, 501, 999),
  );
  const host = fc.constant('host.example');
  return fc.record({ host, status, headers, body, requestId: fc.constantFrom('', 'id-1') });
}

/** Their middle and their end: an excerpt of the beginning is the same for all. */
function jwtsIn(text: string): string[] {
  return [...text.matchAll(/eyJ[\w-]{8,}\.([\w-]{16,})\.([\w-]+)/g)].flatMap(([, ...parts]) => parts);
}

const deadline = startDeadline(86_400);

/** A network that answers in order; the last answer again and again. Headers are checked as Node checks them. */
function answering(answers: readonly HttpResponse[]): { context: SignInContext; shown: string[] } {
  const shown: string[] = [];
  let next = 0;
  const http: HttpClient = {
    async send({ headers: sent = {}, url }) {
      for (const [name, value] of Object.entries(sent)) validateHeaderValue(name, value);
      new URL(url);
      const answer = answers[Math.min(next++, answers.length - 1)];
      if (answer === undefined) throw new TransientFailure('nobody answers');
      if (!isTransientStatus(answer.status)) return answer;
      const wait = retryAfterMs(answer.headers['retry-after'], new Date());
      throw new TransientFailure(`HTTP ${answer.status}`, { retryAfterMs: wait });
    },
    preconnect: async () => {},
    close: () => {},
  };
  const tell = (text: string): void => void shown.push(text);
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example.com/idtoken',
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
  };
  const retry = { maxAttempts: 1, deadline, log: tell };
  const silent = { mask: () => {}, maskId: () => {} };
  return {
    context: { cloud: KNOWN_CLOUDS.AzureCloud, http, env, retry, warn: tell, announce: tell, ...silent },
    shown,
  };
}

const words = (text: string): string[] => text.trim().split(/\s+/);
const description = fc
  .tuple(fc.constantFrom(...words('7000215 700213 50126 53003 90033 0 999999999999 1e5')), word, token)
  .map(([code, text, echoed]) => `AADSTS${code}: ${text} ${echoed}\r\nTrace ID: x Correlation ID: y Timestamp: z`);
const oauthError = fc.constantFrom(
  ...words('invalid_client invalid_grant temporarily_unavailable constructor authorization_pending'),
);
const ERROR_KEYS = words('error error_description error_codes suberror correlation_id trace_id timestamp claims');
const TOKEN_KEYS = words(`access_token refresh_token id_token expires_in expires_on token_type client_info device_code
  user_code verification_uri interval message`);
const seconds = fc.oneof(fc.constantFrom(...words('3599 "3599" 1e308 -1 null {} 0')), fc.integer().map(String));
const tokenBody = fc.oneof(
  { weight: 3, arbitrary: jsonText(TOKEN_KEYS, fc.oneof(token, word)) },
  {
    weight: 3,
    arbitrary: fc.tuple(token, seconds, token).map(([jwt, life, id]) => {
      const tokens = `"access_token":${JSON.stringify(jwt)},"refresh_token":"r","id_token":${JSON.stringify(id)}`;
      return `{${tokens},"token_type":"Bearer","expires_in":${life}}`;
    }),
  },
  jsonText(ERROR_KEYS, fc.oneof(description, oauthError, word)),
  fc.record({ error: oauthError, error_description: description }).map((body) => JSON.stringify(body)),
);

const armEntry = fc.oneof(
  jsonText(words('subscriptionId displayName state tenantId managedByTenants id'), fc.oneof(word, guid)),
  fc
    .record({
      subscriptionId: fc.oneof(guid, word),
      displayName: word,
      state: fc.constantFrom('Enabled', 'Disabled', 'Warned'),
      tenantId: fc.oneof(guid, word),
    })
    .map((entry) => JSON.stringify(entry)),
);
const nextLink = fc.constantFrom(
  ...['', '', '', 'https://evil.example.com/x', '//x', 'javascript:1'],
  'https://management.azure.com/subscriptions?page=2',
);
const armList = fc.tuple(fc.array(armEntry, { maxLength: 4 }), nextLink).map(([entries, next]) => {
  const link = next === '' ? '' : `,"nextLink":${JSON.stringify(next)}`;
  return `{"value":[${entries.join(',')}]${link}}`;
});
const armBody = fc.oneof(
  { weight: 4, arbitrary: armList },
  jsonText(['value', 'nextLink', 'error', 'code', 'message'], fc.oneof(word, description)),
  fc.constantFrom('null', '[]', '7', '{"value":{}}', '{"value":[null]}', '{"value":[],"nextLink":7}'),
);

const CLIENT_SECRET = 'Zq71f4c8e2a907b3d65';
const PASSWORD = 'Zq79b0d7e31c5a2f846';
const USER = { method: 'password', username: 'ada@contoso.com', password: PASSWORD } as const;
const REQUESTS: readonly TokenRequest[] = [
  { method: 'client-secret', clientId: CLIENT, tenantId: TENANT, clientSecret: CLIENT_SECRET },
  { method: 'oidc', clientId: CLIENT, tenantId: TENANT },
  { ...USER, tenantId: TENANT },
  { ...USER, tenantId: 'organizations' },
];
const GITHUB = { host: 'github.example', status: 200, headers: {}, requestId: '' };
const ID_TOKEN: HttpResponse = { ...GITHUB, body: '{"value":"aaa.bbb.ccc"}' };

const signIns = fc.tuple(
  fc.constantFrom(...REQUESTS),
  response(tokenBody),
  fc.array(response(armBody), { minLength: 1, maxLength: 3 }),
  fc.option(word, { nil: undefined }),
);

/** A whole sign-in but for its network and its disk. */
async function signIn([request, tokenAnswer, armAnswers, wanted]: Generated<typeof signIns>): Promise<Verdict> {
  const first = request.method === 'oidc' ? [ID_TOKEN, tokenAnswer] : [tokenAnswer];
  const { context, shown } = answering([...first, ...armAnswers]);
  const secrets = [CLIENT_SECRET, PASSWORD, ...jwtsIn(tokenAnswer.body)];
  const result = await refusable(async () => {
    const credential = await credentialFor(request, context);
    const got = await credential.getToken('https://management.core.windows.net//.default');
    const named = wanted === undefined ? {} : { wanted };
    const subscription = { scope: 'all', whenNone: 'tenant-level-account', ...named } as const;
    const material = credential.material();
    const { account, managementTokens } = await findAccount(request, subscription, got, material, context);
    if (account.selected.kind === 'tenant-level' && !armAnswers.some(isEmptyList)) throw new Error('nobody sent it');
    assertWritable({ kind: 'account', account, material, managementTokens, furtherTokens: [] });
  });
  if ('value' in result) return { outcome: 'accepted', shown: shown.map(withoutControls), secrets };
  const { error } = result;
  const told = error instanceof SessionError ? [failureSummary(error)] : [];
  return { outcome: 'refused', shown: [...shown, shownOf(error), ...told].map(withoutControls), secrets };
}

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Names in warnings stay as they are: the runner's side makes them harmless. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, ' ');
}

/** A sign-in without subscriptions needs a server that said so. */
function isEmptyList({ status, body }: HttpResponse): boolean {
  const page = jsonOr(body, {}) as { value?: unknown } | null;
  return status === 200 && Array.isArray(page?.value) && page.value.length === 0;
}

function assertWritable(session: Session): void {
  const loginData = loginDataOf(session, loginFiles('/profile'), new Date());
  const text = JSON.stringify([loginData, outputs(session, 'arm', '/profile', () => {})]);
  if (/\bNaN\b|Invalid Date|\bundefined\b/.test(text)) throw new Error(`written: ${text}`);
  const { clouds = '' } = newDocuments({ loginData, mode: 'arm' }, [], '');
  assertSections(clouds, loginData.subscriptions.some(({ isDefault }) => isDefault) ? ['AzureCloud'] : []);
}

function assertSections(ini: string, expected: readonly string[]): void {
  const sections = sectionsOf(ini);
  if (sections.join() !== expected.join()) throw new Error(`sections ${sections.join()} in ${JSON.stringify(ini)}`);
}

const gitHubAnswers = fc.tuple(
  response(jsonText(['value', 'message', 'count', 'typeKey'], fc.oneof(token, word))),
  secret,
  word,
);

async function askGitHub([answer, requestToken, url]: Generated<typeof gitHubAnswers>): Promise<Verdict> {
  const { context, shown } = answering([answer]);
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: url.length > 20 ? 'https://github.example.com/' : `https://${url}`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken.replaceAll(/[^\x20-\x7e]/g, ''),
  };
  const result = await refusable(() => requestGitHubIdToken('api://AzureADTokenExchange', { ...context, env }));
  const told = 'error' in result ? [shownOf(result.error)] : [];
  const secrets = [requestToken, ...jwtsIn(answer.body)];
  return { outcome: 'error' in result ? 'refused' : 'accepted', shown: [...shown, ...told], secrets };
}

async function readIdentity(answer: HttpResponse): Promise<Verdict> {
  const question = { identity: { kind: 'system-assigned' } as const, env: {} };
  const result = await refusable(() => readIdentityAnswer(answer, question));
  if ('error' in result) return { outcome: 'refused', shown: [shownOf(result.error)], secrets: jwtsIn(answer.body) };
  const { expires_on: end } = result.value as { expires_on: number };
  return { outcome: 'accepted', shown: [new Date(end * 1000).toISOString()], secrets: [] };
}

const METADATA_KEYS =
  words(`name resourceManager authentication loginEndpoint audiences identityProvider tenant suffixes
  portal graphAudience keyVaultDns storage gallery galleryEndpoint graphEndpoint portalEndpoint batch media`);
const metadataValue = fc.oneof(
  word,
  fc.constantFrom(
    'https://management.local.azurestack.external',
    'https://login.microsoftonline.com/',
    'https://adfs.local.azurestack.external/adfs',
    'https://management.x.onmicrosoft.com/guid',
    'common',
    'local.azurestack.external',
    'x\n[extension]\ndev_sources = /evil',
    'x\r[extension]\rindex_url = y',
  ),
);
const STACK = 'local.azurestack.external';
/** In the newest and in the oldest form. */
const soundMetadata = fc.constantFrom(
  {
    name: 'Contoso',
    resourceManager: `https://management.${STACK}`,
    portal: `https://portal.${STACK}`,
    authentication: { loginEndpoint: `https://login.${STACK}`, audiences: [`https://management.${STACK}/`] },
    suffixes: { storage: STACK, keyVaultDns: `vault.${STACK}` },
  },
  {
    galleryEndpoint: `https://gallery.${STACK}/`,
    graphEndpoint: `https://graph.${STACK}/`,
    portalEndpoint: `https://portal.${STACK}/`,
    authentication: { loginEndpoint: `https://adfs.${STACK}/adfs`, audiences: ['https://management.adfs.local/guid'] },
  },
);
const metadata = fc.oneof(
  damaged(soundMetadata.map((text) => JSON.stringify(text))),
  jsonText(METADATA_KEYS, metadataValue),
  fc
    .tuple(metadataValue, metadataValue, metadataValue, metadataValue, metadataValue)
    .map(([login, audience, portal, suffix, resourceManager]) =>
      JSON.stringify({
        resourceManager,
        portal,
        gallery: portal,
        suffixes: { storage: suffix, keyVaultDns: suffix },
        authentication: { loginEndpoint: login, audiences: [audience] },
      }),
    ),
);

/** Nothing of it adds a section to what `az` reads. */
async function discover(text: string): Promise<Verdict> {
  const url = `https://management.${STACK}`;
  const result = await refusable(() => cloudFromMetadata('AzureStack', url, jsonOr(text, undefined)));
  if ('error' in result) return { outcome: 'refused', shown: [shownOf(result.error)], secrets: [] };
  const cloud = result.value as ReturnType<typeof cloudFromMetadata>;
  const { config, clouds } = newIniFiles(cloud.name, clientCloud(cloud));
  assertSections(clouds, ['AzureStack']);
  assertSections(config, ['cloud', 'core']);
  if (!cloud.authority.startsWith('https://')) throw new Error(`an authority without TLS: ${cloud.authority}`);
  return { outcome: 'accepted', shown: [], secrets: [] };
}

function jsonOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

const identityErrors = jsonText(['error', 'message', 'Message', 'error_description'], fc.oneof(description, word));

export const ANSWERS: readonly Property[] = [
  property('sign-ins', 15_000, signIns, signIn),
  property('answers of GitHub', 6000, gitHubAnswers, askGitHub),
  property('answers of identity endpoints', 6000, response(fc.oneof(tokenBody, identityErrors)), readIdentity),
  property('descriptions of private clouds', 8000, metadata, discover),
];
