import { hash } from 'node:crypto';
import { type Cloud, issuerName, KNOWN_CLOUDS } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { isSpecificTenant } from '../core/forms.ts';
import { claimsOf } from '../core/jwt.ts';
import type { Method, TokenRequest } from '../core/request.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import { ENTRA_ERRORS } from './entra-codes.ts';
import { BY_METHOD, fillTemplate, formatIds, joinLines, jsonArgument, PLACEHOLDERS, type Values } from './steps.ts';

/**
 * An error response of Entra ID. Every field is safe to show, and `''` if the response lacks it. It deliberately has no
 * `claims` of a challenge: they are for a client, not for a reader.
 * Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes".
 */
export interface EntraErrorResponse {
  readonly status: number;
  /** The OAuth error, for example `invalid_client`. */
  readonly error: string;
  /** The digits after AADSTS, all of them: 700238 and 7002381 are different errors. */
  readonly code: string;
  /** The server's message, without the ids and the time at its end. */
  readonly description: string;
  readonly correlationId: string;
  readonly traceId: string;
  /** UTC, as the server writes it: `2026-11-22 08:00:00Z`. */
  readonly timestamp: string;
}

/**
 * The error for a sign-in that Entra ID rejected: the identity, the code and its meaning, the server's message and ids,
 * and the steps that fix it, with the user's own values.
 */
export function signInError(response: EntraErrorResponse, facts: SignInFacts): SessionError {
  const { group, meaning, what, steps } = knownEntraError(response, facts);
  const code = response.code === '' ? response.error : `AADSTS${response.code}`;
  const issuer = issuerName(facts.cloud);
  const rejected = `${issuer} rejected the sign-in ${BY_METHOD[facts.method]}: ${code} (${identification(facts)}).`;
  const { thumbprint, presented } = facts;
  const why = [
    meaning,
    thumbprint && (group === 'certificate' || group === 'unknown')
      ? `The certificate presented has the SHA-1 thumbprint ${sanitizeId(thumbprint)}.`
      : '',
    ...(presented && (group === 'federation' || group === 'unknown') ? claimsPresented(response, presented) : []),
    response.description === '' ? '' : `${issuer} says: ${response.description}`,
    traces(response),
  ];
  return errorOf([what || rejected, joinLines(why), ...steps]);
}

/**
 * Shown if the token may be the cause. The subject is described only if it may be the claim that does not match, or if
 * the commands contain another one.
 */
function claimsPresented(
  { code }: EntraErrorResponse,
  { issuer, subject, audience }: PresentedClaims,
): readonly string[] {
  if (issuer === '' && subject === '') return [];
  const { form, context } = describeSubject(subject);
  const isFederated = FEDERATED_MISMATCHES.includes(code);
  const isReplaced = lastingSubject(subject) !== subject;
  return [
    'What was presented:',
    `    issuer:   ${issuer || UNREADABLE}`,
    `    subject:  ${subject || UNREADABLE}`,
    `    audience: ${audience || UNREADABLE}`,
    isFederated ? form : '',
    SUBJECT_MISMATCHES.includes(code) || (isFederated && isReplaced) ? context : '',
  ];
}

const UNREADABLE = '(none that can be shown)';

function identification({ clientId, username, tenantId, cloud }: SignInFacts): string {
  const who = formatIds({ client: clientId, user: username, tenant: tenantId });
  return who !== '' && cloud.name === 'AzureCloud' ? who : [who, cloud.name].filter((part) => part !== '').join(', ');
}

/** The ids that identify the sign-in to Microsoft support and in the sign-in log. */
function traces({ correlationId, traceId, timestamp }: EntraErrorResponse): string {
  const ids = formatIds({ 'correlation id': correlationId, 'trace id': traceId, time: timestamp });
  return ids === '' ? '' : `For support and the sign-in log: ${ids}.`;
}

/** The values of a rejected sign-in that its error shows. None may be secret. */
export interface SignInFacts {
  readonly method: Method;
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly username?: string | undefined;
  /** The input `audience`. */
  readonly audience?: string | undefined;
  readonly cloud: Cloud;
  readonly presented?: PresentedClaims | undefined;
  /** SHA-1 of the certificate, hex. */
  readonly thumbprint?: string | undefined;
}

type RequestValues = Pick<SignInFacts, 'method' | 'clientId' | 'tenantId' | 'username' | 'audience'>;

export function signInFacts(request: TokenRequest, cloud: Cloud, credential?: Credential): SignInFacts {
  const { method, clientId, tenantId = '', username, audience }: RequestValues = request;
  // Before the first token, a user credential has no material.
  const material = kindOf({ method }) === 'user' ? undefined : credential?.material();
  return {
    method,
    cloud,
    username,
    audience,
    clientId,
    tenantId: isSpecificTenant(tenantId) ? tenantId : '',
    presented: material?.kind === 'assertion' ? presentedClaims(material.assertion) : undefined,
    thumbprint: material?.kind === 'client-certificate' ? material.certificate.thumbprint : undefined,
  };
}

/** Codes for a federated credential whose subject may not match. */
const SUBJECT_MISMATCHES = ['700213', '70021', '70025'];
/** Codes for a federated credential that does not match. */
export const FEDERATED_MISMATCHES = [...SUBJECT_MISMATCHES, '700211', '700212', '7002121', '7002138'];

/**
 * The meaning of an Entra ID error for this sign-in, and the steps that fix it, with the user's own values. The meaning
 * is `''` for a code that the table lacks. `what` is the message, if "Entra ID rejected the sign-in" would be
 * misleading.
 */
export function knownEntraError({ code, error }: Pick<EntraErrorResponse, 'code' | 'error'>, facts: SignInFacts) {
  // In the device code flow the OAuth error identifies the state; the AADSTS codes vary.
  const keys = facts.method === 'device-code' ? [error, code] : [code, error];
  const [known] = keys.flatMap((key) => ENTRA_ERRORS.filter(({ codes }) => codes.includes(key)));
  if (known === undefined) return { group: 'unknown', meaning: '', what: '', steps: generalSteps(code, facts) };
  const values = templateValues(facts);
  const [meaning = '', what = ''] = fillTemplate(known.meaning, values).split('\n').toReversed();
  const steps = textsFor(facts, known.steps).map((text) => fillTemplate(text, values));
  return { group: known.group, meaning, what, steps };
}

/** The texts that apply to this sign-in, without their conditions. Commands and YAML belong to the text before them. */
function textsFor(facts: SignInFacts, texts: readonly string[]): string[] {
  const conditions = [facts.method, kindOf(facts), ...(facts.audience === undefined ? [] : ['audience'])];
  let applies = true;
  return texts.flatMap((text) => {
    const [prefix, words = ''] = /^\[(.+?)\] /.exec(text) ?? [''];
    if (!/^[$|] /.test(text)) applies = prefix === '' || words.split(' ').some((word) => conditions.includes(word));
    return applies ? [text.slice(prefix.length)] : [];
  });
}

function kindOf({ method }: Pick<SignInFacts, 'method'>): 'user' | 'application' | 'machine' {
  if (method === 'password' || method === 'device-code') return 'user';
  return method === 'managed-identity' ? 'machine' : 'application';
}

/** The steps for a code that the table lacks. AD FS has other codes, and no tenants. */
function generalSteps(code: string, facts: SignInFacts): readonly string[] {
  if (facts.cloud.directory === 'adfs') {
    return [
      'Check the credential, and `client-id` if you set it: they must be the ones that AD FS has registered.',
      'Ask an administrator of AD FS to find the error in its event log: Applications and Services Logs > AD FS > Admin.',
    ];
  }
  const log = kindOf(facts) === 'user' ? 'User sign-ins' : 'Service principal sign-ins';
  return [
    ...(code === '' ? [] : [`Look up the code at Microsoft: https://login.microsoftonline.com/error?code=${code}`]),
    `Ask an administrator of the tenant to find the sign-in in the log by the correlation id: Microsoft Entra admin center > Monitoring & health > Sign-in logs > ${log}.`,
    'Check `tenant-id`, the ids of the account and `environment`: the most common cause is a wrong id.',
  ];
}

/** The values for the templates, with a placeholder in capitals for each unknown one. */
export function templateValues({ cloud, presented, clientId, tenantId, thumbprint, username }: SignInFacts): Values {
  const issuer = presented?.issuer || PLACEHOLDERS.issuer;
  const subject = lastingSubject(presented?.subject || PLACEHOLDERS.subject);
  const audience = presented?.audience || cloud.federatedAudience;
  const name = presented?.subject ? credentialName(subject) : PLACEHOLDERS.credentialName;
  const isMicrosofts = Object.hasOwn(KNOWN_CLOUDS, cloud.name);
  return {
    audience,
    changedAudience: jsonArgument({ audiences: [audience] }),
    changedSubject: jsonArgument({ subject }),
    clientId: clientId || PLACEHOLDERS.clientId,
    cloud: cloud.name,
    credentialName: name,
    federatedAudience: cloud.federatedAudience || 'AUDIENCE',
    federatedCredential: jsonArgument({ name, issuer, subject, audiences: [audience] }),
    issuer,
    otherCloud: cloud.name !== 'AzureCloud' && isMicrosofts ? 'AzureCloud' : 'AzureUSGovernment',
    subject,
    tenantId: tenantId || PLACEHOLDERS.tenantId,
    thumbprint: thumbprint || PLACEHOLDERS.thumbprint,
    username: username || PLACEHOLDERS.username,
  };
}

/** No other run has the subject of a run in a merge queue, so a credential for it would be useless. */
function lastingSubject(subject: string): string {
  return subject.replace(/^(repo:[^:]+):ref:refs\/heads\/gh-readonly-queue\/[^:]+$/, '$1:environment:NAME');
}

/** The claims of a federated token that Entra ID compares with a federated credential. */
type PresentedClaims = ReturnType<typeof presentedClaims>;

/** GitHub's ID tokens have about 1,500 characters, a pod's about 1,000. */
const MAX_TOKEN_LENGTH = 16 * 1024;
/** The longest issuer, subject or audience of a federated credential. Source: Graph, federatedIdentityCredential. */
const MAX_CLAIM_LENGTH = 600;

/**
 * The issuer, subject and audience of a JWT, which is not verified: they are only shown, never trusted. A claim is `''`
 * if it is missing, has another type or is not printable; all are `''` if the text is not a JWT.
 */
export function presentedClaims(token: string) {
  const claims = token.length > MAX_TOKEN_LENGTH ? undefined : claimsOf(token);
  const claim = (name: string): string => {
    const value = claims !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined;
    return exact(Array.isArray(value) && value.length === 1 ? value[0] : value);
  };
  return { issuer: claim('iss'), subject: claim('sub'), audience: claim('aud') };
}

/** Entra ID compares every character, so a claim that cannot be shown unchanged is not shown at all. */
function exact(value: unknown): string {
  return typeof value === 'string' && sanitize(value, MAX_CLAIM_LENGTH) === value ? value : '';
}

/**
 * Explains a subject, the most common cause of a mismatch. `form`: whether it identifies the repository by names or by
 * ids, because a credential with one form never matches the other. `context`: whether it has an environment, which
 * replaces the branch, a branch, a tag or a pull request. Each is `''` if unknown.
 * Source: GitHub Docs, "OpenID Connect reference", "Immutable subject claims", "Example subject claims".
 */
export function describeSubject(subject: string): { readonly form: string; readonly context: string } {
  const [, namespace = '', account = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) ?? [];
  if (account !== '') return { form: '', context: fillTemplate(SERVICE_ACCOUNT, { account, namespace }) };
  if (subject === '') return { form: '', context: '' };
  const [, repository = '', rest = ''] = /^repo:([^/:]+\/[^/:]+):(.+)$/.exec(subject) ?? [];
  for (const [pattern, text] of CONTEXTS) {
    const [match, name = ''] = pattern.exec(rest) ?? [];
    if (match !== undefined) {
      return { form: /@\d+\//.test(repository) ? ID_BASED : NAME_BASED, context: fillTemplate(text, { name }) };
    }
  }
  return { form: CUSTOMIZED, context: '' };
}

const SERVICE_ACCOUNT = 'The subject is the Kubernetes service account "{account}" in the namespace "{namespace}".';
const ID_BASED =
  'The subject is id-based: it contains the numeric ids of the owner and the repository (`ORG@ID/REPO@ID`). A credential with only the names does not match it.';
const NAME_BASED =
  'The subject is name-based: it does not contain the numeric ids of the owner and the repository. A credential with ids (`repo:ORG@ID/REPO@ID`), which the Azure portal suggests, does not match it.';
const CUSTOMIZED =
  "The subject does not have GitHub's default format: the organization or the repository customizes it, often with job_workflow_ref, which names the reusable workflow and its ref. Every part must match.";

/** By the part of the subject after the repository. */
const CONTEXTS: readonly (readonly [RegExp, text: string])[] = [
  [
    /^pull_request$/,
    'The job runs for a pull request, so the subject ends in pull_request, regardless of the branch. A credential for a branch does not match it. Every pull request of the repository shares this subject: trust it only for an identity that can do no harm. For any other identity, set an environment with required reviewers for the job, and trust the subject that ends in environment:NAME.',
  ],
  [
    /^environment:([^:]+)$/,
    'The job names the environment "{name}", which replaces the branch in the subject: a credential for a branch, a tag or pull requests does not match it.',
  ],
  [
    /^ref:refs\/heads\/gh-readonly-queue\/[^:]+$/,
    'The job runs for a merge queue, so the subject contains a temporary branch, which no other run has. Set `environment: NAME` for the job, and trust the subject that ends in environment:NAME: replace NAME in the commands below.',
  ],
  [
    /^ref:refs\/heads\/([^:]+)$/,
    'The job names no environment, so the subject contains the branch "{name}". A credential for an environment matches only a job with `environment: NAME`.',
  ],
  [
    /^ref:refs\/tags\/([^:]+)$/,
    'The job names no environment, so the subject contains the tag "{name}". A credential for a branch or an environment does not match it.',
  ],
];

/**
 * A descriptive name for a federated credential: 3 to 120 letters, digits, `-` and `_`, the first a letter or digit. A
 * long one ends with a digest, because two credentials of a client cannot have the same name.
 * Source: Graph, federatedIdentityCredential, `name`.
 */
export function credentialName(subject: string): string {
  const words = subject
    .replace(/^(?:repo|system):/, '')
    .replaceAll(/[^A-Za-z0-9_]+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '');
  const name = `${subject.startsWith('system:') ? 'pod' : 'github'}-${words}`.replace(/[-_]+$/, '');
  if (name.length <= 120) return name;
  return `${name.slice(0, 111)}-${hash('sha256', subject).slice(0, 8)}`;
}
