import { randomUUID } from 'node:crypto';
import { jsonReply, type Reply } from '../exchange.ts';

export class ResourceManagerError extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  reply(): Reply {
    const headers = { ...(this.status === 401 ? {} : { 'x-ms-failure-cause': 'gateway' }), ...this.headers };
    return jsonReply(this.status, { error: { code: this.code, message: this.message } }, headers);
  }
}

/**
 * 401 with a challenge, from which packer-plugin-azure reads the tenant.
 * Source: the response of Resource Manager to a request without a token.
 */
export function unauthenticated(
  code: string,
  message: string,
  authority: string,
  description = message,
): ResourceManagerError {
  const challenge = `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${description}"`;
  return new ResourceManagerError(401, code, message, { 'WWW-Authenticate': challenge });
}

export function authorizationFailed(
  principal: { name: string; objectId: string },
  action: string,
  scope: string,
): ResourceManagerError {
  const message = `The client '${principal.name}' with object id '${principal.objectId}' does not have authorization to perform action '${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh your credentials.`;
  return new ResourceManagerError(403, 'AuthorizationFailed', message);
}

export function wrongTenant(issuer: string, expected: string, authority: string): ResourceManagerError {
  const message = `The access token is from the wrong issuer '${issuer}'. It must match the tenant '${expected}' associated with this subscription. Please use the authority (URL) '${authority}' to get the token.`;
  return unauthenticated('InvalidAuthenticationTokenTenant', message, authority);
}

export function subscriptionNotFound(id: string): ResourceManagerError {
  return new ResourceManagerError(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
}

/** The headers of every response. */
export function resourceManagerHeaders(): Record<string, string> {
  const requestId = randomUUID();
  return {
    'Cache-Control': 'no-cache',
    Pragma: 'no-cache',
    Expires: '-1',
    'x-ms-request-id': requestId,
    'x-ms-correlation-request-id': requestId,
    'x-ms-routing-request-id': `LOOPBACK:${new Date().toISOString().replace(/\.\d+Z$/, 'Z')}:${requestId}`,
    'x-ms-ratelimit-remaining-tenant-reads': '249',
    'Strict-Transport-Security': 'max-age=31536000; includeSubDomains',
    'X-Content-Type-Options': 'nosniff',
  };
}
