import { validateHeaderValue } from 'node:http';
import fc from 'fast-check';
import { failureSummary } from '../../src/actions/summary.ts';
import { cloudFromMetadata } from '../../src/arm/discovery.ts';
import { findAccount } from '../../src/arm/find-account.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { expiryOf } from '../../src/core/jwt.ts';
import type { TokenRequest } from '../../src/core/request.ts';
import type { Session } from '../../src/core/session.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { credentialFor } from '../../src/entra/credentials.ts';
import { requestGitHubIdToken } from '../../src/entra/github-id-token.ts';
import { readIdentityAnswer } from '../../src/entra/managed-identity.ts';
import type { SignInContext } from '../../src/entra/sign-in-context.ts';
import { EntraError, readTokenAnswer } from '../../src/entra/token-answer.ts';
import { homeOf, usernameOf } from '../../src/entra/user-grant.ts';
import { signInError } from '../../src/errors/entra.ts';
import { presentedClaims, pullRequestWarning } from '../../src/errors/federated-subject.ts';
import { outputs } from '../../src/exports/outputs.ts';
import type { HttpClient, HttpResponse } from '../../src/http/http.ts';
import { isTransientStatus, retryAfterMs, startDeadline, TransientFailure } from '../../src/http/retry.ts';
import { clientCloud } from '../../src/profile/cloud-definition.ts';
import { loginDataOf, newDocuments } from '../../src/profile/login.ts';
import { loginFiles } from '../../src/profile/login-files.ts';
import { CLIENT, TENANT } from '../inputs/workflow-step.ts';
import { newIniFiles } from '../profile/logins.ts';
import { type Property, property, refusable, shownOf, type Verdict } from './harness.ts';
import { sectionsOf } from './python-ini.ts';
import { damaged, guid, headers, jsonText, secret, token, word } from './texts.ts';

/** Answers of Entra ID, GitHub, Resource Manager, identity endpoints and private clouds. */

const status = fc.oneof(
  { weight: 5, arbitrary: fc.constant(200) },
  fc.constantFrom(400, 401, 403, 404, 302, 204, 429, 500, 503, 501, 999),
);

function response(body: fc.Arbitrary<string>): fc.Arbitrary<HttpResponse> {
  return fc.record({
    host: fc.constant('host.example'),
    status,
    headers,
    body,
    requestId: fc.constantFrom('', 'id-1'),
  });
}

const ERROR_KEYS = 'error error_description error_codes suberror correlation_id trace_id timestamp claims'.split(' ');
const description = fc
  .tuple(fc.constantFrom('7000215', '700213', '50126', '53003', '90033', '0', '999999999999', '1e5'), word, token)
  .map(
    ([code, text, echoed]) =>
      `AADSTS${code}: ${text} ${echoed}\r\nTrace ID: x Correlation ID: y Timestamp: 2026-01-01 00:00:00Z`,
  );
const oauthError = fc.constantFrom(
  'invalid_client',
  'invalid_grant',
  'temporarily_unavailable',
  'constructor',
  'authorization_pending',
);
const entraBody = fc.oneof(
  jsonText(ERROR_KEYS, fc.oneof(description, oauthError, word)),
  fc.record({ error: oauthError, error_description: description }).map((body) => JSON.stringify(body)),
);

const METHODS = [
  'oidc',
  'client-secret',
  'client-certificate',
  'workload-identity',
  'password',
  'device-code',
  'managed-identity',
] as const;
const presented = token.map((jwt) => presentedClaims(jwt));

export const entraProperty: Property = property(
  'refusals of Entra ID',
  10_000,
  fc.tuple(response(entraBody), fc.constantFrom(...METHODS), presented, word),
  async ([answer, method, claims, id]) => {
    const result = await refusable(() => readTokenAnswer(answer));
    if ('value' in result) return { outcome: 'accepted', shown: [], secrets: [] };
    const { error } = result;
    if (!(error instanceof EntraError))
      return { outcome: 'refused', shown: [shownOf(error)], secrets: jwtsIn(answer.body) };
    const facts = {
      method,
      clientId: id,
      tenantId: id,
      username: id,
      cloud: KNOWN_CLOUDS.AzureCloud,
      presented: claims,
    };
    const told = signInError(error.answer, facts);
    return { outcome: 'refused', shown: [told.report, failureSummary(told)], secrets: jwtsIn(answer.body) };
  },
);

/** Their middle and their end: an excerpt of the beginning is the same for all. */
function jwtsIn(text: string): string[] {
  return [...text.matchAll(/eyJ[\w-]{8,}\.([\w-]{16,})\.([\w-]+)/g)].flatMap(([, claims = '', signature = '']) => [
    claims,
    signature,
  ]);
}

const deadline = startDeadline(86_400);

/** A network that answers in order; the last answer again and again. Headers are checked as Node checks them. */
function answering(answers: readonly HttpResponse[]): { context: SignInContext; shown: string[]; masks: string[] } {
  const shown: string[] = [];
  const masks: string[] = [];
  let next = 0;
  const http: HttpClient = {
    async send({ headers: sent = {}, url }) {
      for (const [name, value] of Object.entries(sent)) validateHeaderValue(name, value);
      new URL(url);
      const answer = answers[Math.min(next++, answers.length - 1)];
      if (answer === undefined) throw new TransientFailure('nobody answers');
      if (!isTransientStatus(answer.status)) return answer;
      throw new TransientFailure(`HTTP ${answer.status}`, {
        retryAfterMs: retryAfterMs(answer.headers['retry-after'], new Date()),
      });
    },
    preconnect: async () => {},
    close: () => {},
  };
  const tell = (text: string): void => void shown.push(text);
  const context: SignInContext = {
    cloud: KNOWN_CLOUDS.AzureCloud,
    http,
    env: {
      ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.example.com/idtoken',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request-token',
    },
    retry: { maxAttempts: 1, deadline, log: tell, random: () => 0 },
    mask: (text) => void masks.push(text),
    maskId: () => {},
    warn: tell,
    announce: tell,
  };
  return { context, shown, masks };
}

const TOKEN_KEYS = `
  access_token refresh_token id_token expires_in expires_on token_type client_info device_code user_code
  verification_uri interval message`
  .trim()
  .split(/\s+/);
const tokenBody = fc.oneof(
  { weight: 3, arbitrary: jsonText(TOKEN_KEYS, fc.oneof(token, word)) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        token,
        fc.oneof(fc.constantFrom('3599', '"3599"', '1e308', '-1', 'null', '{}', '0'), fc.integer().map(String)),
        token,
      )
      .map(
        ([jwt, seconds, id]) =>
          `{"access_token":${JSON.stringify(jwt)},"token_type":"Bearer","expires_in":${seconds},"refresh_token":"r","id_token":${JSON.stringify(id)}}`,
      ),
  },
  entraBody,
);

const armEntry = jsonText(
  ['subscriptionId', 'displayName', 'state', 'tenantId', 'managedByTenants', 'id'],
  fc.oneof(word, guid),
);
const armList = fc
  .tuple(
    fc.array(fc.oneof(armEntry, wellFormedEntry()), { maxLength: 4 }),
    fc.constantFrom(
      '',
      '',
      '',
      'https://evil.example.com/x',
      'https://management.azure.com/subscriptions?page=2',
      '//x',
      'javascript:1',
    ),
  )
  .map(
    ([entries, next]) => `{"value":[${entries.join(',')}]${next === '' ? '' : `,"nextLink":${JSON.stringify(next)}`}}`,
  );
const armBody = fc.oneof(
  { weight: 4, arbitrary: armList },
  jsonText(['value', 'nextLink', 'error', 'code', 'message'], fc.oneof(word, description)),
  fc.constantFrom(
    'null',
    '[]',
    '7',
    '{"hello":"world"}',
    '{"value":{}}',
    '{"value":[null]}',
    '{"value":[],"nextLink":7}',
  ),
);

function wellFormedEntry(): fc.Arbitrary<string> {
  return fc
    .record({
      subscriptionId: fc.oneof(guid, word),
      displayName: word,
      state: fc.constantFrom('Enabled', 'Disabled', 'Warned'),
      tenantId: fc.oneof(guid, word),
    })
    .map((entry) => JSON.stringify(entry));
}

const CLIENT_SECRET = 'Zq71f4c8e2a907b3d65';
const PASSWORD = 'Zq79b0d7e31c5a2f846';
const REQUESTS: readonly TokenRequest[] = [
  { method: 'client-secret', clientId: CLIENT, tenantId: TENANT, clientSecret: CLIENT_SECRET },
  { method: 'oidc', clientId: CLIENT, tenantId: TENANT },
  { method: 'password', username: 'ada@contoso.com', password: PASSWORD, tenantId: TENANT },
  { method: 'password', username: 'ada@contoso.com', password: PASSWORD, tenantId: 'organizations' },
];

const ID_TOKEN: HttpResponse = {
  host: 'github.example',
  status: 200,
  headers: {},
  requestId: '',
  body: '{"value":"aaa.bbb.ccc"}',
};

/** A whole sign-in but for its network and its disk. */
export const signInProperty: Property = property(
  'sign-ins',
  6000,
  fc.tuple(
    fc.constantFrom(...REQUESTS),
    response(tokenBody),
    fc.array(response(armBody), { minLength: 1, maxLength: 3 }),
    fc.option(word, { nil: undefined }),
  ),
  async ([request, tokenAnswer, armAnswers, wanted]) => {
    const first = request.method === 'oidc' ? [ID_TOKEN, tokenAnswer] : [tokenAnswer];
    const { context, shown } = answering([...first, ...armAnswers]);
    const secrets = [CLIENT_SECRET, PASSWORD, ...jwtsIn(tokenAnswer.body)];
    const result = await refusable(async () => {
      const credential = await credentialFor(request, context);
      const got = await credential.getToken('https://management.core.windows.net//.default');
      const subscription = {
        scope: 'all',
        whenNone: 'tenant-level-account',
        ...(wanted === undefined ? {} : { wanted }),
      } as const;
      const { account, managementTokens } = await findAccount(
        request,
        subscription,
        got,
        credential.material(),
        context,
      );
      const session: Session = {
        kind: 'account',
        account,
        material: credential.material(),
        managementTokens,
        furtherTokens: [],
      };
      if (account.selected.kind === 'tenant-level' && !armAnswers.some(isEmptyList)) throw new Error('nobody sent it');
      assertWritable(session);
    });
    if ('value' in result) return { outcome: 'accepted', shown: shown.map(withoutControls), secrets };
    const { error } = result;
    const told = error instanceof SessionError ? [failureSummary(error)] : [];
    return { outcome: 'refused', shown: [...shown, shownOf(error), ...told].map(withoutControls), secrets };
  },
);

/** Names in warnings stay as they are; the runner's side makes them harmless, and has a property of its own. */
function withoutControls(text: string): string {
  return text.replaceAll(/(?!\n)\p{Cc}/gu, ' ');
}

/** A sign-in without subscriptions needs a server that said so. */
function isEmptyList({ status, body }: HttpResponse): boolean {
  const page = jsonOr(body, {}) as { value?: unknown } | null;
  return status === 200 && Array.isArray(page?.value) && page.value.length === 0;
}

function assertWritable(session: Session): void {
  const files = loginFiles({ path: '/profile', loginId: '' });
  const loginData = loginDataOf(session, files, new Date());
  const values = outputs(session, 'arm', '/profile', () => {});
  const text = JSON.stringify([loginData, values]);
  if (/\bNaN\b|Invalid Date|\bundefined\b/.test(text)) throw new Error(`written: ${text}`);
  const { clouds = '' } = newDocuments({ loginData, mode: 'arm', defaults: [] }, '');
  const selected = loginData.subscriptions.some(({ isDefault }) => isDefault);
  assertSections(clouds, selected ? ['AzureCloud'] : []);
}

function assertSections(ini: string, expected: readonly string[]): void {
  const sections = sectionsOf(ini);
  if (sections.join() !== expected.join()) throw new Error(`sections ${sections.join()} in ${JSON.stringify(ini)}`);
}

export const gitHubProperty: Property = property(
  'answers of GitHub',
  6000,
  fc.tuple(response(jsonText(['value', 'message', 'count', 'typeKey'], fc.oneof(token, word))), secret, word),
  async ([answer, requestToken, url]) => {
    const { context, shown } = answering([answer]);
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: url.length > 20 ? 'https://github.example.com/' : `https://${url}`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken.replaceAll(/[^\x20-\x7e]/g, ''),
    };
    const result = await refusable(() => requestGitHubIdToken('api://AzureADTokenExchange', { ...context, env }));
    const told = 'error' in result ? [shownOf(result.error)] : [];
    return {
      outcome: 'error' in result ? 'refused' : 'accepted',
      shown: [...shown, ...told],
      secrets: [requestToken, ...jwtsIn(answer.body)],
    };
  },
);

export const identityProperty: Property = property(
  'answers of identity endpoints',
  6000,
  response(
    fc.oneof(tokenBody, jsonText(['error', 'message', 'Message', 'error_description'], fc.oneof(description, word))),
  ),
  async (answer) => {
    const question = { identity: { kind: 'system-assigned' } as const, host: '169.254.169.254', env: {} };
    const result = await refusable(() => readIdentityAnswer(answer, question));
    if ('error' in result) return { outcome: 'refused', shown: [shownOf(result.error)], secrets: jwtsIn(answer.body) };
    const { expires_on: end } = result.value as { expires_on: number };
    return { outcome: 'accepted', shown: [new Date(end * 1000).toISOString()], secrets: [] };
  },
);

const METADATA_KEYS = `
  name resourceManager authentication loginEndpoint audiences identityProvider tenant suffixes portal graphAudience
  keyVaultDns storage gallery galleryEndpoint graphEndpoint portalEndpoint batch media`
  .trim()
  .split(/\s+/);
const metadataValue = fc.oneof(
  word,
  fc.constantFrom(
    'https://management.local.azurestack.external',
    'https://login.microsoftonline.com/',
    'https://adfs.local.azurestack.external/adfs',
    'https://management.x.onmicrosoft.com/guid',
    'AAD',
    'common',
    'local.azurestack.external',
    'x\n[extension]\ndev_sources = /evil',
    'x\r[extension]\rindex_url = y',
  ),
);
const soundMetadata = fc.constantFrom(
  {
    name: 'Contoso',
    resourceManager: 'https://management.local.azurestack.external',
    portal: 'https://portal.local.azurestack.external',
    authentication: {
      loginEndpoint: 'https://login.local.azurestack.external',
      audiences: ['https://management.local.azurestack.external/'],
    },
    suffixes: { storage: 'local.azurestack.external', keyVaultDns: 'vault.local.azurestack.external' },
  },
  {
    galleryEndpoint: 'https://gallery.local.azurestack.external/',
    graphEndpoint: 'https://graph.local.azurestack.external/',
    portalEndpoint: 'https://portal.local.azurestack.external/',
    authentication: {
      loginEndpoint: 'https://adfs.local.azurestack.external/adfs',
      audiences: ['https://management.adfs.azurestack.local/guid'],
    },
  },
);

const metadata = fc.oneof(
  damaged(soundMetadata.map((description) => JSON.stringify(description))),
  jsonText(METADATA_KEYS, metadataValue),
  fc
    .record({
      login: metadataValue,
      audience: metadataValue,
      portal: metadataValue,
      suffix: metadataValue,
      manager: metadataValue,
    })
    .map(({ login, audience, portal, suffix, manager }) =>
      JSON.stringify({
        resourceManager: manager,
        portal,
        gallery: portal,
        suffixes: { storage: suffix, keyVaultDns: suffix },
        authentication: { loginEndpoint: login, audiences: [audience] },
      }),
    ),
);

export const metadataProperty: Property = property('descriptions of private clouds', 8000, metadata, async (text) => {
  const url = 'https://management.local.azurestack.external';
  const parsed = jsonOr(text, undefined);
  const result = await refusable(() => cloudFromMetadata('AzureStack', url, parsed));
  if ('error' in result) return { outcome: 'refused', shown: [shownOf(result.error)], secrets: [] };
  const cloud = result.value as ReturnType<typeof cloudFromMetadata>;
  const told = clientCloud(cloud);
  const { config, clouds } = newIniFiles(cloud.name, told);
  assertSections(clouds, ['AzureStack']);
  assertSections(config, ['cloud', 'core']);
  if (!cloud.authority.startsWith('https://')) throw new Error(`an authority without TLS: ${cloud.authority}`);
  return { outcome: 'accepted', shown: [], secrets: [] };
});

function jsonOr<T>(text: string, otherwise: T): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise;
  }
}

export const tokensProperty: Property = property('tokens', 10_000, fc.oneof(token, word), (jwt): Verdict => {
  const end = expiryOf(jwt);
  end.toISOString();
  const { subject } = presentedClaims(jwt);
  const home = homeOf(jwt, jwt);
  const shown = [subject, pullRequestWarning(subject) ?? ''];
  if (typeof usernameOf(jwt) !== 'string' || typeof home.homeTenantId !== 'string') throw new Error('no text');
  return { outcome: subject === '' ? 'refused' : 'accepted', shown, secrets: [] };
});
