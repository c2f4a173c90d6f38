import { type Cloud, KNOWN_CLOUDS } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { sanitize, sanitizeId } from '../core/foreign-text.ts';
import { isSpecificTenant } from '../core/forms.ts';
import { claimsOf } from '../core/jwt.ts';
import type { Method, TokenRequest } from '../core/request.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import { ENTRA_ERRORS } from './entra-codes.ts';
import { BY_METHOD, filled, jsonArgument, labelled, lines, STAND_INS, type Values } from './steps.ts';

/**
 * What Entra ID said when it refused a token. Every field is text that is fit to be shown; `''` where it said nothing.
 * The `claims` of a challenge are left out on purpose: they are for a client, not for a reader.
 * Source: Microsoft identity platform, "Microsoft Entra authentication and authorization error codes".
 */
export interface EntraErrorAnswer {
  /** HTTP status of the answer. */
  readonly status: number;
  /** The OAuth error, for example `invalid_client`. */
  readonly error: string;
  /** The digits after AADSTS, all of them: 700238 and 7002381 are different errors. */
  readonly code: string;
  /** The server's own words, without the ids and the time that it writes behind them. */
  readonly description: string;
  readonly correlationId: string;
  readonly traceId: string;
  /** UTC, as the server writes it: `2026-11-22 08:00:00Z`. */
  readonly timestamp: string;
}

/**
 * The error for a sign-in that Entra ID refused: who was refused and with which code, what that means here, the
 * server's own words and ids, and the steps that mend it with the user's own values in them.
 */
export function signInError(answer: EntraErrorAnswer, facts: SignInFacts): SessionError {
  const { group, meaning, what, steps } = knownEntraError(answer, facts);
  const code = answer.code === '' ? answer.error : `AADSTS${answer.code}`;
  const refused = `Entra ID refused the sign-in ${BY_METHOD[facts.method]}: ${code} (${identification(facts)}).`;
  const { thumbprint, presented } = facts;
  const why = [
    meaning,
    thumbprint && (group === 'certificate' || group === 'unknown')
      ? `The certificate presented has the SHA-1 thumbprint ${sanitizeId(thumbprint)}.`
      : '',
    ...(presented && (group === 'federation' || group === 'unknown') ? claimsPresented(answer, presented) : []),
    answer.description === '' ? '' : `Entra ID says: ${answer.description}`,
    traces(answer),
  ];
  return errorOf([what || refused, lines(why), ...steps]);
}

/** Shown wherever the token may be at fault. What the subject names is told only where it may be what does not match. */
function claimsPresented(
  { code }: EntraErrorAnswer,
  { issuer, subject, audience }: PresentedClaims,
): readonly string[] {
  if (issuer === '' && subject === '') return [];
  const { form, context } = readingOf(subject);
  return [
    'What was presented:',
    `    issuer:   ${issuer || UNREADABLE}`,
    `    subject:  ${subject || UNREADABLE}`,
    `    audience: ${audience || UNREADABLE}`,
    FEDERATED_MISMATCHES.includes(code) ? form : '',
    SUBJECT_MISMATCHES.includes(code) ? context : '',
  ];
}

const UNREADABLE = '(none that can be shown)';

function identification({ clientId, username, tenantId, cloud }: SignInFacts): string {
  const who = labelled({ client: clientId, user: username, tenant: tenantId });
  return who !== '' && cloud.name === 'AzureCloud' ? who : [who, cloud.name].filter((part) => part !== '').join(', ');
}

/** What Microsoft's support and the sign-in log ask for. */
function traces({ correlationId, traceId, timestamp }: EntraErrorAnswer): string {
  const ids = labelled({ 'correlation id': correlationId, 'trace id': traceId, time: timestamp });
  return ids === '' ? '' : `For support and the sign-in log: ${ids}.`;
}

/** What is known of a sign-in that Entra ID refused. Nothing secret belongs here: all of it is shown. */
export interface SignInFacts {
  readonly method: Method;
  readonly clientId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly username?: string | undefined;
  /** That the workflow asks for. */
  readonly audience?: string | undefined;
  readonly cloud: Cloud;
  /** What the federated token says of itself. */
  readonly presented?: PresentedClaims | undefined;
  /** SHA-1 of the certificate, hex. */
  readonly thumbprint?: string | undefined;
}

type Named = Pick<SignInFacts, 'method' | 'clientId' | 'tenantId' | 'username' | 'audience'>;

export function factsOf(request: TokenRequest, cloud: Cloud, credential?: Credential): SignInFacts {
  const { method, clientId, tenantId = '', username, audience }: Named = request;
  const identity = 'identity' in request && request.identity.kind === 'user-assigned' ? request.identity : undefined;
  // A user has none before the first token.
  const material = kindOf({ method }) === 'user' ? undefined : credential?.material();
  return {
    method,
    cloud,
    username,
    audience,
    clientId: identity?.clientId ?? clientId,
    tenantId: isSpecificTenant(tenantId) ? tenantId : '',
    presented: material?.kind === 'assertion' ? presentedClaims(material.assertion) : undefined,
    thumbprint: material?.kind === 'client-certificate' ? material.certificate.thumbprint : undefined,
  };
}

/** The codes by which Entra ID says that no federated credential matches; of the first, it may be the subject that does not. */
const SUBJECT_MISMATCHES = ['700213', '70021', '70025'];
export const FEDERATED_MISMATCHES = [...SUBJECT_MISMATCHES, '700211', '700212', '7002121', '7002138'];

/**
 * What an error of Entra ID means for this sign-in and what to do about it, with the user's own values filled in. For a code
 * that the table does not have, there is no meaning. `what` is what happened, where that is not just the refusal.
 */
export function knownEntraError({ code, error }: Pick<EntraErrorAnswer, 'code' | 'error'>, facts: SignInFacts) {
  // The device code flow is steered by the OAuth error; the codes beside it vary.
  const keys = facts.method === 'device-code' ? [error, code] : [code, error];
  const [known] = keys.flatMap((key) => ENTRA_ERRORS.filter(({ codes }) => codes.includes(key)));
  if (known === undefined) return { group: 'unknown', meaning: '', what: '', steps: generalSteps(code, facts) };
  const values = templateValues(facts);
  const [meaning = '', what = ''] = filled(known.meaning, values).split('\n').toReversed();
  const steps = textsFor(facts, known.steps).map((text) => filled(text, values));
  return { group: known.group, meaning, what, steps };
}

/** The texts for this sign-in, without the condition that some begin with. The code after a sentence goes with it. */
function textsFor(facts: SignInFacts, texts: readonly string[]): string[] {
  const words = [facts.method, kindOf(facts), ...(facts.audience === undefined ? [] : ['audience'])];
  let applies = true;
  return texts.flatMap((text) => {
    const [condition, wanted = ''] = /^\[(.+?)\] /.exec(text) ?? [''];
    if (!/^[$|] /.test(text)) applies = condition === '' || wanted.split(' ').some((word) => words.includes(word));
    return applies ? [text.slice(condition.length)] : [];
  });
}

function kindOf({ method }: Pick<SignInFacts, 'method'>): 'user' | 'application' | 'machine' {
  if (method === 'password' || method === 'device-code') return 'user';
  return method === 'managed-identity' ? 'machine' : 'application';
}

/** What helps with a code that the table does not know. */
function generalSteps(code: string, facts: SignInFacts): readonly string[] {
  const log = kindOf(facts) === 'user' ? 'User sign-ins' : 'Service principal sign-ins';
  return [
    ...(code === '' ? [] : [`Look the code up at Microsoft: https://login.microsoftonline.com/error?code=${code}`]),
    `An administrator of the tenant sees more in the sign-in log: Microsoft Entra admin center > Monitoring & health > Sign-in logs > ${log}, by the correlation id.`,
    'Check `tenant-id`, the ids of the account and `environment`: most refusals come from a wrong id.',
  ];
}

/** The values for the templates; a stand-in in capitals where one is not known. */
export function templateValues({ cloud, presented, clientId, tenantId, thumbprint, username }: SignInFacts): Values {
  const issuer = presented?.issuer || STAND_INS.issuer;
  const subject = presented?.subject || STAND_INS.subject;
  const audience = presented?.audience || cloud.federatedAudience;
  const name = presented?.subject ? credentialName(presented.subject) : STAND_INS.credentialName;
  const isMicrosofts = Object.hasOwn(KNOWN_CLOUDS, cloud.name);
  return {
    audience,
    changedAudience: jsonArgument({ audiences: [audience] }),
    changedSubject: jsonArgument({ subject }),
    clientId: clientId || STAND_INS.clientId,
    cloud: cloud.name,
    credentialName: name,
    federatedAudience: cloud.federatedAudience || 'AUDIENCE',
    federatedCredential: jsonArgument({ name, issuer, subject, audiences: [audience] }),
    issuer,
    otherCloud: cloud.name !== 'AzureCloud' && isMicrosofts ? 'AzureCloud' : 'AzureUSGovernment',
    subject,
    tenantId: tenantId || STAND_INS.tenantId,
    thumbprint: thumbprint || STAND_INS.thumbprint,
    username: username || STAND_INS.username,
  };
}

/** What a federated token says of itself: the three values a federated credential is compared with. */
interface PresentedClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** GitHub's ID tokens have about 1,500 characters, a pod's about 1,000. */
const LONGEST_TOKEN = 16 * 1024;
/** Entra ID takes no longer issuer, subject or audience in a federated credential. Source: Graph, federatedIdentityCredential. */
const LONGEST_CLAIM = 600;

/**
 * The issuer, subject and audience of a JWT, read without verifying it: they are shown, never trusted.
 * A claim that is missing, of another type or not printable is `''`; text that is no JWT gives three of those.
 */
export function presentedClaims(token: string): PresentedClaims {
  const claims = token.length > LONGEST_TOKEN ? undefined : claimsOf(token);
  const claim = (name: string): string => {
    const value = claims !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined;
    return exact(Array.isArray(value) && value.length === 1 ? value[0] : value);
  };
  return { issuer: claim('iss'), subject: claim('sub'), audience: claim('aud') };
}

/** A claim is compared character by character, so one that cannot be shown as it is is not shown at all. */
function exact(value: unknown): string {
  return typeof value === 'string' && sanitize(value, LONGEST_CLAIM) === value ? value : '';
}

/**
 * What a subject says, in plain words, since that is what people get wrong: whether it names its repository by names or by
 * ids, as a credential of one form never matches the other; and what it names, as an environment hides the branch, and a
 * pull request has neither. Each is `''` where there is nothing to say.
 * Source: GitHub Docs, "OpenID Connect reference", "Immutable subject claims", "Example subject claims".
 */
export function readingOf(subject: string): { readonly form: string; readonly context: string } {
  const [, namespace = '', account = ''] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(subject) ?? [];
  if (account !== '') return { form: '', context: filled(SERVICE_ACCOUNT, { account, namespace }) };
  if (subject === '') return { form: '', context: '' };
  const [, repository = '', rest = ''] = /^repo:([^/:]+\/[^/:]+):(.+)$/.exec(subject) ?? [];
  for (const [pattern, text] of CONTEXTS) {
    const [found, name = ''] = pattern.exec(rest) ?? [];
    if (found !== undefined) {
      return { form: /@\d+\//.test(repository) ? ID_BASED : NAME_BASED, context: filled(text, { name }) };
    }
  }
  return { form: CUSTOMISED, context: '' };
}

const SERVICE_ACCOUNT = 'The subject is the Kubernetes service account "{account}" in the namespace "{namespace}".';
const ID_BASED =
  'The subject is id-based: it contains the numeric ids of owner and repository (`ORG@ID/REPO@ID`). A credential with the names alone does not match it.';
const NAME_BASED =
  'The subject is name-based: it does not contain the numeric ids of owner and repository. A credential with ids (`repo:ORG@ID/REPO@ID`), as the Azure portal proposes it, does not match it.';
const CUSTOMISED =
  "The subject is not in GitHub's default form: the organisation or the repository customises it, often with job_workflow_ref, which names the reusable workflow and its ref. Every part must match.";

/** By what stands behind the repository. */
const CONTEXTS: readonly (readonly [RegExp, text: string])[] = [
  [
    /^pull_request$/,
    'The job runs for a pull request, so the subject ends in pull_request, whatever the branch is: a credential for a branch does not match it. Every pull request of the repository shares this subject: trust it only for an identity that can do no harm. For any other, let the job name an environment with required reviewers, and trust the subject that ends in environment:NAME.',
  ],
  [
    /^environment:([^:]+)$/,
    'The job names the environment "{name}", which takes the place of the branch: a credential for a branch, a tag or pull requests does not match it.',
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
 * A name for a federated credential that tells what it is for: 3 to 120 letters, digits, `-` and `_`, the first a
 * letter or digit. Source: Graph, federatedIdentityCredential, `name`.
 */
export function credentialName(subject: string): string {
  const words = subject
    .replace(/^(?:repo|system):/, '')
    .replaceAll(/[^A-Za-z0-9_]+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '');
  return `${subject.startsWith('system:') ? 'pod' : 'github'}-${words}`.slice(0, 120).replace(/[-_]+$/, '');
}
