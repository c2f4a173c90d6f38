import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { failureSummary } from '../../src/actions/summary.ts';
import { cloudFromMetadata } from '../../src/arm/discovery.ts';
import { findAccount } from '../../src/arm/find-account.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { TokenRequest } from '../../src/core/request.ts';
import type { Session } from '../../src/core/session.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { credentialFor } from '../../src/entra/credentials.ts';
import { requestGitHubIdToken } from '../../src/entra/github-id-token.ts';
import { readIdentityResponse } from '../../src/entra/managed-identity.ts';
import type { SignInContext } from '../../src/entra/sign-in-context.ts';
import { outputs } from '../../src/exports/outputs.ts';
import type { HttpResponse } from '../../src/http/exchange.ts';
import type { HttpClient } from '../../src/http/http.ts';
import { isTransientStatus, retryAfterMs, startDeadline, TransientFailure } from '../../src/http/retry.ts';
import { clientCloud } from '../../src/profile/cloud-definition.ts';
import { loginDataOf, newDocuments } from '../../src/profile/login.ts';
import { loginFiles } from '../../src/profile/saved-session.ts';
import { CLIENT, TENANT } from '../inputs/workflow-step.ts';
import { newIniFiles } from '../profile/logins.ts';
import { type Property, property, resultOf, textOf, type Verdict, verdictOf } from './harness.ts';
import { damaged, guid, headers, jsonText, jwtOf, secret, token, word } from './texts.ts';

/** Responses of Entra ID, GitHub, Resource Manager, identity endpoints and private clouds. */

const words = (text: string): string[] => text.trim().split(/\s+/);
const STACK = 'local.azurestack.external';
const KEYS = words(`error error_description error_codes suberror correlation_id trace_id timestamp claims code message
  access_token refresh_token id_token expires_in expires_on token_type client_info device_code user_code interval value
  nextLink subscriptionId displayName state tenantId managedByTenants id count typeKey name resourceManager authentication
  loginEndpoint audiences identityProvider tenant suffixes portal graphAudience keyVaultDns storage gallery batch media`);
const description = fc
  .tuple(fc.constantFrom(...words('7000215 700213 50126 53003 90033 0 999999999999 1e5')), word, token)
  .map(([code, text, echoed]) => `AADSTS${code}: ${text} ${echoed}\r\nTrace ID: x Correlation ID: y Timestamp: z`);
/** Values that some reader interprets. */
const meaningful = fc.constantFrom(
  ...words('invalid_client invalid_grant temporarily_unavailable constructor authorization_pending Enabled Disabled'),
  ...words(`https://evil.example.com/x //x javascript:1 https://management.azure.com/subscriptions?page=2 common
    https://management.${STACK} https://login.microsoftonline.com/ https://adfs.${STACK}/adfs ${STACK}`),
  'x\n[extension]\ndev_sources = /evil',
  'x\r[extension]\rindex_url = y',
);
const leaf = fc.oneof(word, guid, token, description, meaningful);

/** The JSON of a valid body, the same damaged, or any JSON. */
function bodies(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const text = valid.map((body) => JSON.stringify(body));
  return fc.oneof({ weight: 4, arbitrary: text }, { weight: 3, arbitrary: damaged(text) }, jsonText(KEYS, leaf));
}

const errorStatuses = fc.constantFrom(400, 401, 403, 404, 302, 204, 429, 500, 503, 501, 999);
const statuses = fc.oneof({ weight: 5, arbitrary: fc.constant(200) }, errorStatuses);

function response(body: fc.Arbitrary<string>, status: fc.Arbitrary<number> = statuses): fc.Arbitrary<HttpResponse> {
  const host = fc.constant('host.example');
  return fc.record({ host, status, headers, body, requestId: fc.constantFrom('', 'id-1') });
}

function success(body: fc.Arbitrary<unknown>): fc.Arbitrary<HttpResponse> {
  const text = body.map((value) => JSON.stringify(value));
  return response(text, fc.constant(200));
}

const seconds = fc.oneof(fc.constantFrom(3599, '3599', 1e308, -1, null, {}, 0), fc.integer());
const refresh_token = fc.constant('r');
const tokens = fc.record({ access_token: token, refresh_token, id_token: token, expires_in: seconds });
const oauthError = fc.record({ error: meaningful, error_description: description });
const tokenResponse = response(bodies(fc.oneof(tokens, oauthError)));
const state = fc.constantFrom('Enabled', 'Disabled', 'Warned');
const id = fc.oneof(guid, word);
const armEntry = fc.record({ subscriptionId: id, displayName: word, state, tenantId: id });
const armPage = fc.record(
  { value: fc.array(fc.oneof({ weight: 5, arbitrary: armEntry }, leaf), { maxLength: 4 }), nextLink: meaningful },
  { requiredKeys: ['value'] },
);

/** Payload and signature. The header is the same for all tokens. */
function jwtsIn(text: string): string[] {
  return [...text.matchAll(/eyJ[\w-]{8,}\.([\w-]{16,})\.([\w-]+)/g)].flatMap(([, ...parts]) => parts);
}

const deadline = startDeadline(86_400);

/** A network with these responses, the last one repeatedly. Request headers are checked as Node checks them. */
function network(responses: readonly HttpResponse[]): { context: SignInContext; shown: string[] } {
  const shown: string[] = [];
  let next = 0;
  const http: HttpClient = {
    async send({ headers: sent = {}, url }) {
      for (const [name, value] of Object.entries(sent)) validateHeaderValue(name, value);
      new URL(url);
      const current = responses[Math.min(next++, responses.length - 1)];
      if (current === undefined) throw new TransientFailure('no response');
      if (!isTransientStatus(current.status)) return current;
      const wait = retryAfterMs(current.headers);
      throw new TransientFailure(`HTTP ${current.status}`, { retryAfterMs: wait });
    },
    preconnect: async () => {},
    close: () => {},
  };
  const show = (text: string): void => void shown.push(text);
  const env = idTokenService('https://github.example.com/idtoken', 'request-token');
  const retry = { maxAttempts: 1, deadline, log: show };
  const silent = { mask: () => {}, maskId: () => {} };
  const cloud = KNOWN_CLOUDS.AzureCloud;
  return { context: { cloud, http, env, retry, warn: show, announce: show, ...silent }, shown };
}

function idTokenService(ACTIONS_ID_TOKEN_REQUEST_URL: string, ACTIONS_ID_TOKEN_REQUEST_TOKEN: string) {
  return { ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN };
}

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

const somePages = { minLength: 1, maxLength: 3 };
const damagedSignIns = fc.tuple(
  fc.constantFrom(...REQUESTS),
  tokenResponse,
  fc.array(response(bodies(armPage)), somePages),
  fc.option(word, { nil: undefined }),
);

/** Valid responses with hostile names, so that the sign-in succeeds and its files can be checked. */
const validToken = fc.record({ tid: guid, oid: guid, appid: guid, upn: word, name: word, idp: leaf }).map(jwtOf);
const validTokens = fc.record({
  access_token: validToken,
  refresh_token,
  id_token: validToken,
  expires_in: fc.constant(3599),
});
const validEntry = fc.record({ subscriptionId: guid, displayName: word, state, tenantId: guid });
const validPage = fc.record({ value: fc.array(validEntry, { maxLength: 4 }) });
const validSignIns = fc.tuple(
  fc.constantFrom(...REQUESTS),
  success(validTokens),
  fc.array(success(validPage), somePages),
  fc.constant(undefined),
);

const signIns = fc.oneof(damagedSignIns, validSignIns);

/** A sign-in without network and disk. */
async function signIn([request, tokenBody, armPages, idOrName]: Generated<typeof signIns>): Promise<Verdict> {
  const { context, shown } = network([...(request.method === 'oidc' ? [ID_TOKEN] : []), tokenBody, ...armPages]);
  const secrets = [CLIENT_SECRET, PASSWORD, ...jwtsIn(tokenBody.body)];
  const result = await resultOf(async () => {
    const credential = await credentialFor(request, context);
    const accessToken = await credential.getToken('https://management.core.windows.net//.default');
    const named = idOrName === undefined ? {} : { idOrName };
    const subscription = { scope: 'all', whenNone: 'tenant-level-account', ...named } as const;
    const material = credential.material();
    const { account, managementTokens } = await findAccount(request, subscription, accessToken, material, context);
    if (account.selected === undefined && !armPages.some(isEmptyList)) throw new Error('no empty list');
    assertWritable({ kind: 'account', account, material, managementTokens, additionalTokens: [] });
  });
  if ('value' in result) return { outcome: 'accepted', shown: shown.map(withoutControls), secrets };
  const { error } = result;
  const summary = error instanceof SessionError ? [failureSummary(error)] : [];
  return { outcome: 'refused', shown: [...shown, textOf(error), ...summary].map(withoutControls), secrets };
}

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never;

/** Names in warnings may contain control characters, which the runner adapter removes. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, ' ');
}

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

/**
 * The sections that Python reads, in order: lines end at CR, LF or both, and a line that is indented more than the
 * option before it continues that option. Source: CPython, `Lib/configparser.py`, `_read`.
 */
function sectionsOf(ini: string): string[] {
  const sections: string[] = [];
  let indentOfOption = Number.POSITIVE_INFINITY;
  for (const line of ini.split(/\r\n|\r|\n/).filter((each) => !/^\s*(?:[#;]|$)/.test(each))) {
    const indent = line.search(/\S/);
    if (indent > indentOfOption) continue;
    const header = /^\[(.+)\]/.exec(line.trim())?.[1];
    indentOfOption = header === undefined ? indent : Number.POSITIVE_INFINITY;
    if (header !== undefined) sections.push(header);
  }
  return sections;
}

function requestIdToken([idToken, requestToken, url]: Generated<typeof gitHub>): Promise<Verdict> {
  const { context } = network([idToken]);
  const service = url.length > 20 ? 'https://github.example.com/' : `https://${url}`;
  const env = idTokenService(service, requestToken.replaceAll(/[^\x20-\x7e]/g, ''));
  return verdictOf([requestToken, ...jwtsIn(idToken.body)], async () => {
    await requestGitHubIdToken('api://AzureADTokenExchange', { ...context, env });
  });
}

function readIdentity(identityToken: HttpResponse): Promise<Verdict> {
  return verdictOf(jwtsIn(identityToken.body), () =>
    new Date(Number(readIdentityResponse(identityToken, '', {})['expires_on']) * 1000).toISOString(),
  );
}

/** A private cloud in the newest and the oldest format, and one with arbitrary values. */
const metadata = bodies(
  fc.oneof(
    fc.constant({
      name: 'Contoso',
      resourceManager: `https://management.${STACK}`,
      portal: `https://portal.${STACK}`,
      authentication: { loginEndpoint: `https://login.${STACK}`, audiences: [`https://management.${STACK}/`] },
      suffixes: { storage: STACK, keyVaultDns: `vault.${STACK}` },
    }),
    fc.constant({
      galleryEndpoint: `https://gallery.${STACK}/`,
      graphEndpoint: `https://graph.${STACK}/`,
      portalEndpoint: `https://portal.${STACK}/`,
      authentication: { loginEndpoint: `https://adfs.${STACK}/adfs`, audiences: ['https://management.adfs.local/id'] },
    }),
    fc.record({
      resourceManager: leaf,
      portal: leaf,
      suffixes: fc.record({ storage: leaf, keyVaultDns: leaf }),
      authentication: fc.record({ loginEndpoint: leaf, audiences: fc.array(leaf, { maxLength: 2 }) }),
    }),
  ),
);

/** No value may add a section to the files of `az`. */
function discover(text: string): Promise<Verdict> {
  return verdictOf([], () => {
    const cloud = cloudFromMetadata(`https://management.${STACK}`, jsonOr(text, undefined));
    const { config, clouds } = newIniFiles(cloud.name, clientCloud(cloud));
    assertSections(clouds, ['AzureStack']);
    assertSections(config, ['cloud', 'core']);
    if (!cloud.authority.startsWith('https://')) throw new Error(`an authority without TLS: ${cloud.authority}`);
  });
}

function jsonOr<T>(text: string, fallback: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return fallback;
  }
}

const gitHub = fc.tuple(response(bodies(fc.record({ value: token }))), secret, word);

export const RESPONSES: readonly Property[] = [
  property('sign-ins', 15_000, signIns, signIn),
  property('responses of GitHub', 6000, gitHub, requestIdToken),
  property('responses of identity endpoints', 6000, tokenResponse, readIdentity),
  property('metadata of private clouds', 8000, metadata, discover),
];
