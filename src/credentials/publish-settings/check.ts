import { TransientFailure } from '../../net/transient.ts';
import { SessionError } from '../../session-error.ts';
import type { ImportedSubscription } from './parse.ts';
import { retirementWarning } from './warnings.ts';
import { childText, localName, readXml, type XmlElement } from './xml.ts';

/** One request to the classic service. The certificate is the whole proof: there is no `Authorization` header. */
export interface ManagementRequest {
  readonly method: 'GET';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** PEMs. */
  readonly clientCertificate: { readonly key: string; readonly cert: string };
}

/**
 * Sends a request, tries included, and follows no redirect.
 * @throws {SessionError | TransientFailure} when there was no answer; its `cause`s lead to what TLS said
 */
export type SendManagementRequest = (
  request: ManagementRequest,
) => Promise<{ readonly status: number; readonly body: string }>;

/** What the classic service says of a subscription's certificate. */
export type CertificateCheck =
  /** `status` in the service's words: `Active`, `Warned`, `PastDue`, `Disabled` or `Deleted`. */
  | { readonly outcome: 'accepted'; readonly name: string; readonly status: string }
  /** `code` and `message` are the service's own, safe to print; `''` when it gave none. */
  | { readonly outcome: 'refused'; readonly code: string; readonly message: string }
  /** No answer, or none that the classic service gives. `reason` is a sentence without its full stop. */
  | {
      readonly outcome: 'retired';
      readonly service: 'unreachable' | 'gone';
      readonly reason: string;
      readonly warning: string;
    };

/** A version of the Service Management API with everything that is read here; its newest is no better. */
const API_VERSION = '2014-10-01';

/**
 * Asks the classic service for one subscription, over mutual TLS with its certificate. Only a refusal, of the service or
 * already of its TLS, is a verdict on the certificate. Whatever else is not the expected answer counts as retired: the
 * service may be switched off at any time, in whatever manner, and the import stands without it.
 *
 * Source: Service Management REST API reference, "Get Subscription" and "Service Management Status and Error Codes".
 */
export async function checkManagementCertificate(
  send: SendManagementRequest,
  subscription: ImportedSubscription,
): Promise<CertificateCheck> {
  const { managementEndpoint, id, certificate } = subscription;
  const answer = await answerOf(send, {
    method: 'GET',
    url: `${managementEndpoint}/${id}`,
    headers: { 'x-ms-version': API_VERSION, Accept: 'application/xml' },
    clientCertificate: { key: certificate.key, cert: certificate.cert },
  });
  if (answer.kind === 'refused-by-tls') return { outcome: 'refused', code: answer.code, message: '' };
  if (answer.kind === 'none') return retired(subscription, 'unreachable', answer.reason);
  return verdictOn(answer, subscription);
}

type Answer =
  | { readonly kind: 'answer'; readonly status: number; readonly root: XmlElement | undefined }
  | { readonly kind: 'refused-by-tls'; readonly code: string }
  | { readonly kind: 'none'; readonly reason: string };

async function answerOf(send: SendManagementRequest, request: ManagementRequest): Promise<Answer> {
  try {
    const { status, body } = await send(request);
    const reading = await readXml(body);
    return { kind: 'answer', status, root: reading.kind === 'document' ? reading.root : undefined };
  } catch (error) {
    if (!(error instanceof SessionError || error instanceof TransientFailure)) throw error;
    const alert = tlsRefusal(error);
    if (alert !== undefined) return { kind: 'refused-by-tls', code: alert };
    const said = error instanceof SessionError && error.why !== '' ? `${error.message} ${error.why}` : error.message;
    return { kind: 'none', reason: said.replace(/[\s.]+$/, '') };
  }
}

/** The alerts by which a server turns a client certificate down. Source: RFC 8446, 6.2 and appendix B.2. */
const CERTIFICATE_ALERTS: Readonly<Record<string, string>> = {
  '42': 'bad_certificate',
  '43': 'unsupported_certificate',
  '44': 'certificate_revoked',
  '45': 'certificate_expired',
  '46': 'certificate_unknown',
  '48': 'unknown_ca',
  '49': 'access_denied',
  '116': 'certificate_required',
};

/** Node has a code of its own for some alerts only (the rest is `EPROTO`), but OpenSSL's number for all. */
function tlsRefusal(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const number = /SSL alert number (\d{1,3})/.exec(cause.message)?.[1] ?? '';
    const alert = CERTIFICATE_ALERTS[number];
    if (alert !== undefined) return `TLS alert ${alert}`;
  }
  return undefined;
}

function verdictOn(answer: Answer & { kind: 'answer' }, subscription: ImportedSubscription): CertificateCheck {
  const { status, root } = answer;
  const error = root !== undefined && localName(root) === 'Error' ? root : undefined;
  const code = errorCodeOf(error);
  if (status === 401 || status === 403) return { outcome: 'refused', code, message: printable(error, 'Message') };
  if (status === 200 && root !== undefined && isSubscription(root, subscription.id)) {
    return {
      outcome: 'accepted',
      name: printable(root, 'SubscriptionName') || subscription.name,
      status: printable(root, 'SubscriptionStatus'),
    };
  }
  const { host } = new URL(subscription.managementEndpoint);
  const what = status === 200 ? 'with something else than the subscription' : `HTTP ${status}`;
  return retired(subscription, 'gone', `${host} answered ${what}${code === '' ? '' : ` (${code})`}`);
}

function isSubscription(root: XmlElement, id: string): boolean {
  return localName(root) === 'Subscription' && childText(root, 'SubscriptionID').toLowerCase() === id;
}

function errorCodeOf(error: XmlElement | undefined): string {
  const code = error === undefined ? '' : childText(error, 'Code');
  return /^[A-Za-z]{1,64}$/.test(code) ? code : '';
}

const LONGEST_TEXT = 300;

/** A text of the service on one line and of bearable length. */
function printable(parent: XmlElement | undefined, name: string): string {
  const text = parent === undefined ? '' : childText(parent, name);
  return text.replaceAll(/[\s\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST_TEXT);
}

function retired(
  subscription: ImportedSubscription,
  service: 'unreachable' | 'gone',
  reason: string,
): CertificateCheck {
  return { outcome: 'retired', service, reason, warning: retirementWarning([subscription], reason) };
}
