import { type Cloud, KNOWN_CLOUDS } from '../core/clouds.ts';
import type { Credential } from '../core/credential.ts';
import { quotableId } from '../core/foreign-text.ts';
import { namesTenant } from '../core/forms.ts';
import type { Method, TokenRequest } from '../core/request.ts';
import { errorOf, type SessionError, type Step } from '../core/session-error.ts';
import { ENTRA_ERRORS, type KnownEntraError, USER_METHODS } from './entra-codes.ts';
import {
  credentialName,
  type PresentedClaims,
  presentedClaims,
  subjectContext,
  subjectForm,
} from './federated-subject.ts';
import { BY_METHOD } from './steps.ts';
import { filled, filledStep, jsonArgument, labelled, lines, STAND_INS, type TemplateValues } from './templates.ts';

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
  const { group, reason, what, steps } = knownEntraError(answer, facts);
  const code = answer.code === '' ? answer.error : `AADSTS${answer.code}`;
  const refused = `Entra ID refused the sign-in ${BY_METHOD[facts.method]}: ${code} (${identification(facts)}).`;
  const why = [
    reason,
    ...(group === 'certificate' || group === 'unknown' ? certificatePresented(facts) : []),
    ...(group === 'federation' || group === 'unknown' ? claimsPresented(answer, facts) : []),
    answer.description === '' ? '' : `Entra ID says: ${answer.description}`,
    traces(answer),
  ];
  return errorOf([what || refused, lines(why), ...steps]);
}

function certificatePresented({ thumbprint }: SignInFacts): readonly string[] {
  return thumbprint ? [`The certificate presented has the SHA-1 thumbprint ${quotableId(thumbprint)}.`] : [];
}

/** The claims are shown wherever the token may be at fault. */
function claimsPresented({ code }: EntraErrorAnswer, { presented }: SignInFacts): readonly string[] {
  if (presented === undefined || (presented.issuer === '' && presented.subject === '')) return [];
  return [
    'What was presented:',
    `    issuer:   ${presented.issuer || UNREADABLE}`,
    `    subject:  ${presented.subject || UNREADABLE}`,
    `    audience: ${presented.audience || UNREADABLE}`,
    ...(presented.subject === '' ? [] : subjectReading(code, presented.subject)),
  ];
}

/** What the subject names is told only where the subject may be what does not match. */
function subjectReading(code: string, subject: string): readonly string[] {
  const mismatch = FEDERATED_MISMATCHES[code];
  if (mismatch === undefined) return [];
  return mismatch === 'subject' ? [subjectForm(subject), subjectContext(subject)] : [subjectForm(subject)];
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
  const material = USER_METHODS.includes(method) ? undefined : credential?.material();
  return {
    method,
    cloud,
    username,
    audience,
    clientId: identity?.clientId ?? clientId,
    tenantId: namesTenant(tenantId) ? tenantId : '',
    presented: material?.kind === 'assertion' ? presentedClaims(material.assertion) : undefined,
    thumbprint: material?.kind === 'client-certificate' ? material.certificate.thumbprint : undefined,
  };
}

/** The codes by which Entra ID says that no federated credential matches, and what it was that did not. */
export const FEDERATED_MISMATCHES: Readonly<Record<string, 'subject' | 'other'>> = {
  700211: 'other',
  700212: 'other',
  7002121: 'other',
  700213: 'subject',
  7002138: 'other',
  70021: 'subject',
  70025: 'subject',
};

const BY_CODE: ReadonlyMap<string, KnownEntraError> = new Map(
  ENTRA_ERRORS.flatMap((known) => known.codes.map((code) => [code, known] as const)),
);

/** A row of the table with the user's own values filled in; for a code that the table does not have, without a reason. */
interface FilledEntraError extends Pick<KnownEntraError, 'reason' | 'what'> {
  readonly group: KnownEntraError['group'] | 'unknown';
  readonly steps: readonly Step[];
}

/** What an error of Entra ID means for this sign-in and what to do about it. */
export function knownEntraError(
  answer: Pick<EntraErrorAnswer, 'code' | 'error'>,
  facts: SignInFacts,
): FilledEntraError {
  // The device code flow is steered by the OAuth error; the codes beside it vary.
  const byError = BY_CODE.get(answer.error);
  const known = (facts.method === 'device-code' ? byError : undefined) ?? BY_CODE.get(answer.code) ?? byError;
  if (known === undefined) return { group: 'unknown', reason: '', what: '', steps: generalSteps(answer.code, facts) };
  const { group, reason, what, steps } = known;
  const values = templateValues(facts);
  const own = steps.filter(
    ({ methods, ifGiven }) =>
      (methods?.includes(facts.method) ?? true) && (ifGiven === undefined || facts[ifGiven] !== undefined),
  );
  return { group, what, reason: filled(reason, values), steps: own.map((step) => filledStep(step, values)) };
}

/** What helps with a code that the table does not know. */
function generalSteps(code: string, facts: SignInFacts): readonly Step[] {
  const log = USER_METHODS.includes(facts.method) ? 'User sign-ins' : 'Service principal sign-ins';
  return [
    ...(code === '' ? [] : [`Look the code up at Microsoft: https://login.microsoftonline.com/error?code=${code}`]),
    `An administrator of the tenant sees more in the sign-in log: Microsoft Entra admin center > Monitoring & health > Sign-in logs > ${log}, by the correlation id.`,
    'Check `tenant-id`, the ids of the account and `environment`: most refusals come from a wrong id.',
  ].map((say) => ({ say }));
}

/** The values for the templates; a stand-in in capitals where one is not known. */
export function templateValues(facts: SignInFacts): TemplateValues {
  const { cloud, presented } = facts;
  const issuer = presented?.issuer || STAND_INS.issuer;
  const subject = presented?.subject || STAND_INS.subject;
  const audience = presented?.audience || cloud.federatedAudience;
  const name = presented?.subject ? credentialName(presented.subject) : STAND_INS.credentialName;
  return {
    audience,
    changedAudience: jsonArgument({ audiences: [audience] }),
    changedSubject: jsonArgument({ subject }),
    clientId: facts.clientId || STAND_INS.clientId,
    cloud: cloud.name,
    credentialName: name,
    federatedAudience: cloud.federatedAudience || 'AUDIENCE',
    federatedCredential: jsonArgument({ name, issuer, subject, audiences: [audience] }),
    issuer,
    otherCloud:
      cloud.name !== 'AzureCloud' && Object.hasOwn(KNOWN_CLOUDS, cloud.name) ? 'AzureCloud' : 'AzureUSGovernment',
    subject,
    tenantId: facts.tenantId || STAND_INS.tenantId,
    thumbprint: facts.thumbprint || STAND_INS.thumbprint,
    username: facts.username || STAND_INS.username,
  };
}
