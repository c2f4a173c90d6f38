import { randomUUID, X509Certificate } from 'node:crypto';
import { checkBearer } from './bearer.ts';
import { CLOUDS, type Cloud, resourceManagerAudiences } from './clouds.ts';
import type { Subscription } from './directory.ts';
import { type Call, type Reply, type Service, type ServiceContext, textReply } from './exchange.ts';

const NAMESPACES =
  'xmlns="http://schemas.microsoft.com/windowsazure" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';

/**
 * The classic Service Management API: XML, with a management certificate in the TLS handshake or a user's bearer token.
 * Source: "Service Management REST API Reference" (archived).
 */
export class ClassicManagement {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  serviceOf(host: string): Service | undefined {
    const cloud = CLOUDS.find(({ classicHost }) => classicHost === host);
    if (cloud === undefined) return undefined;
    return async (call) => {
      const reply = await this.#route(call, cloud);
      return { ...reply, headers: { 'x-ms-request-id': randomUUID().replaceAll('-', ''), ...reply.headers } };
    };
  }

  async #route(call: Call, cloud: Cloud): Promise<Reply> {
    if (!/^\d{4}-\d{2}-\d{2}$/.test(String(call.headers['x-ms-version'] ?? ''))) {
      const message = 'The versioning header is not specified or was specified incorrectly.';
      return errorReply(400, 'MissingOrIncorrectVersionHeader', message);
    }
    const [first = '', ...rest] = call.path.split('/').filter((part) => part !== '');
    const bearer = await checkBearer(call, this.#context, resourceManagerAudiences(cloud));
    const objectId = bearer.outcome === 'valid' ? String(bearer.claims['oid']) : '';
    const isReader = ({ roleAssignments }: Subscription): boolean => roleAssignments.includes(objectId);
    if (first === 'subscriptions') {
      // A certificate does not suffice, since it belongs to single subscriptions.
      if (objectId === '') return forbidden();
      const all = this.#context.directory.subscriptions.filter((one) => one.cloud === cloud.name && isReader(one));
      return xml(200, `<Subscriptions ${NAMESPACES}>${all.map((one) => element(one, '')).join('')}</Subscriptions>`);
    }
    const subscription = this.#context.directory.subscription(first);
    if (subscription?.cloud !== cloud.name) return forbidden();
    const isAllowed = isReader(subscription) || this.#hasManagementCertificate(call, subscription);
    return isAllowed ? inSubscription(subscription, rest.join('/').toLowerCase()) : forbidden();
  }

  /** The client certificate must be registered, byte for byte. */
  #hasManagementCertificate(call: Call, subscription: Subscription): boolean {
    const presented = call.clientCertificate;
    if (presented === undefined) return false;
    const now = this.#context.clock.now();
    if (now > presented.validToDate.getTime() || now < presented.validFromDate.getTime()) return false;
    return subscription.managementCertificates.some((pem) => new X509Certificate(pem).raw.equals(presented.raw));
  }
}

function inSubscription(subscription: Subscription, path: string): Reply {
  if (path === '') return xml(200, element(subscription, ` ${NAMESPACES}`));
  if (path === 'services/hostedservices') return xml(200, `<HostedServices ${NAMESPACES}/>`);
  return errorReply(404, 'ResourceNotFound', 'The resource type you have referenced cannot be found.');
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
  return errorReply(403, 'ForbiddenError', message);
}

function errorReply(status: number, code: string, message: string): Reply {
  return xml(status, `<Error ${NAMESPACES}><Code>${code}</Code><Message>${message}</Message></Error>`);
}

function xml(status: number, content: string): Reply {
  return textReply(status, 'application/xml; charset=utf-8', `<?xml version="1.0" encoding="utf-8"?>${content}`);
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
