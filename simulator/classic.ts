import { randomUUID, X509Certificate } from 'node:crypto';
import { checkBearer } from './bearer.ts';
import { CLOUDS } from './clouds.ts';
import type { Subscription } from './directory.ts';
import { type Call, type Reply, type Service, type ServiceContext, textReply } from './exchange.ts';

const NAMESPACES =
  'xmlns="http://schemas.microsoft.com/windowsazure" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';

/**
 * The classic Service Management: XML, and a management certificate in the TLS handshake or a user's bearer token.
 * Source: "Service Management REST API Reference" (archived).
 */
export class ClassicManagement {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  serviceOf(host: string): Service | undefined {
    const cloud = CLOUDS.find((candidate) => candidate.classicHost === host);
    if (cloud === undefined) return undefined;
    return async (call) => {
      const answer = await this.#route(call, cloud.name);
      return { ...answer, headers: { 'x-ms-request-id': randomUUID().replaceAll('-', ''), ...answer.headers } };
    };
  }

  async #route(call: Call, cloud: string): Promise<Reply> {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(String(call.headers['x-ms-version'] ?? ''))) {
      const message = 'The versioning header is not specified or was specified incorrectly.';
      return refusal(400, 'MissingOrIncorrectVersionHeader', message);
    }
    const [first = '', ...rest] = call.path.split('/').filter((part) => part !== '');
    const principal = await this.#principal(call, cloud);
    if (first === 'subscriptions') return this.#subscriptions(principal, cloud);
    const subscription = this.#context.directory.subscription(first);
    if (subscription === undefined || subscription.cloud !== cloud) return forbidden();
    const isProven =
      this.#hasManagementCertificate(call, subscription) || subscription.roleAssignments.includes(principal ?? '');
    if (!isProven) return forbidden();
    return inSubscription(subscription, rest.join('/').toLowerCase());
  }

  /** The object id in a user's token; certificates name nobody. */
  async #principal(call: Call, cloud: string): Promise<string | undefined> {
    const audiences = CLOUDS.filter((candidate) => candidate.name === cloud).flatMap((candidate) =>
      candidate.resourceManagerAudiences.flatMap((audience) => [audience, `${audience}/`]),
    );
    const bearer = await checkBearer(call, this.#context, audiences);
    return bearer.outcome === 'valid' ? String(bearer.claims['oid']) : undefined;
  }

  /** The certificate whose key the client proved to hold in the handshake must be registered, byte for byte. */
  #hasManagementCertificate(call: Call, subscription: Subscription): boolean {
    const presented = call.clientCertificate;
    if (presented === undefined) return false;
    const now = this.#context.clock.now();
    if (now > presented.validToDate.getTime() || now < presented.validFromDate.getTime()) return false;
    return subscription.managementCertificates.some((certificate) =>
      new X509Certificate(certificate).raw.equals(presented.raw),
    );
  }

  /** Takes a user's token alone: a certificate belongs to single subscriptions. */
  #subscriptions(principal: string | undefined, cloud: string): Reply {
    if (principal === undefined) return forbidden();
    const own = this.#context.directory.subscriptions.filter(
      (subscription) => subscription.cloud === cloud && subscription.roleAssignments.includes(principal),
    );
    return xml(200, `<Subscriptions ${NAMESPACES}>${own.map((one) => element(one, '')).join('')}</Subscriptions>`);
  }
}

function inSubscription(subscription: Subscription, path: string): Reply {
  if (path === '') return xml(200, element(subscription, ` ${NAMESPACES}`));
  if (path === 'services/hostedservices') return xml(200, `<HostedServices ${NAMESPACES}/>`);
  return refusal(404, 'ResourceNotFound', 'The resource type you have referenced cannot be found.');
}

function element(subscription: Subscription, attributes: string): string {
  const fields: readonly (readonly [string, string])[] = [
    ['SubscriptionID', subscription.id],
    ['SubscriptionName', escapeXml(subscription.displayName)],
    ['SubscriptionStatus', subscription.state === 'Enabled' ? 'Active' : subscription.state],
    ['AADTenantID', subscription.tenantId],
    ['CreatedTime', '2013-01-01T00:00:00Z'],
  ];
  const content = fields.map(([name, value]) => `<${name}>${value}</${name}>`).join('');
  return `<Subscription${attributes}>${content}</Subscription>`;
}

function forbidden(): Reply {
  const message =
    'The server failed to authenticate the request. Verify that the certificate is valid and is associated with this subscription.';
  return refusal(403, 'ForbiddenError', message);
}

function refusal(status: number, code: string, message: string): Reply {
  return xml(status, `<Error ${NAMESPACES}><Code>${code}</Code><Message>${message}</Message></Error>`);
}

function xml(status: number, content: string): Reply {
  return textReply(status, 'application/xml; charset=utf-8', `<?xml version="1.0" encoding="utf-8"?>${content}`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
