import { quotableId } from '../core/foreign-text.ts';
import type { Method } from '../core/request.ts';
import { SessionError } from '../core/session-error.ts';
import type { EntraRefusal } from './entra-answer.ts';
import { subjectContext, subjectForm } from './federated-subject.ts';
import { FEDERATED_MISMATCHES, remedyFor, type SignInFacts } from './remedies.ts';

export type { SignInFacts } from './remedies.ts';

const SIGN_IN_WITH: Readonly<Record<Method, string>> = {
  oidc: "with GitHub's ID token",
  'client-secret': 'with a client secret',
  'client-certificate': 'with a certificate',
  'managed-identity': 'with a managed identity',
  'workload-identity': 'with a workload identity token',
  password: 'with user name and password',
  'device-code': 'by device code',
  'publish-settings': 'with publish settings',
};

/**
 * The error for a sign-in that Entra ID refused: who was refused and with which code, what that means here, the
 * server's own words and ids, and the steps that mend it with the user's own values in them.
 */
export function signInRefused(refusal: EntraRefusal, facts: SignInFacts, cause?: unknown): SessionError {
  const { group, meaning, what, steps } = remedyFor(refusal, facts);
  const code = refusal.code === '' ? refusal.error : `AADSTS${refusal.code}`;
  const why = [
    meaning,
    ...(group === 'certificate' || group === 'unknown' ? certificatePresented(facts) : []),
    ...(group === 'federation' || group === 'unknown' ? claimsPresented(refusal, facts) : []),
    refusal.description === '' ? '' : `Entra ID says: ${refusal.description}`,
    traces(refusal),
  ];
  return new SessionError(
    what ?? `Entra ID refused the sign-in ${SIGN_IN_WITH[facts.method]}: ${code} (${identification(facts)}).`,
    { why: why.filter((line) => line !== '').join('\n'), next: steps, cause },
  );
}

function certificatePresented({ thumbprint }: SignInFacts): readonly string[] {
  return thumbprint ? [`The certificate presented has the SHA-1 thumbprint ${quotableId(thumbprint)}.`] : [];
}

/** The claims are shown wherever the token may be at fault. */
function claimsPresented({ code }: EntraRefusal, { presented }: SignInFacts): readonly string[] {
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
  const parts = [
    clientId ? `client ${quotableId(clientId)}` : '',
    username ? `user ${quotableId(username)}` : '',
    tenantId ? `tenant ${quotableId(tenantId)}` : '',
    cloud.name === 'AzureCloud' ? '' : quotableId(cloud.name),
  ];
  return parts.filter((part) => part !== '').join(', ') || quotableId(cloud.name);
}

/** What Microsoft's support and the sign-in log ask for. */
function traces({ correlationId, traceId, timestamp }: EntraRefusal): string {
  const parts = [
    correlationId === '' ? '' : `correlation id ${correlationId}`,
    traceId === '' ? '' : `trace id ${traceId}`,
    timestamp === '' ? '' : `time ${timestamp}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `For support and the sign-in log: ${parts.join(', ')}.`;
}
