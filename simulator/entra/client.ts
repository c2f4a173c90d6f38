import { timingSafeEqual } from 'node:crypto';
import type { Application, ServicePrincipal } from '../directory.ts';
import type { Call } from '../exchange.ts';
import { checkAssertion } from './assertions.ts';
import type { Endpoint, EntraContext } from './context.ts';
import {
  blockedByConditionalAccess,
  disabledApplication,
  expiredSecret,
  missingClientCredential,
  missingField,
  missingServicePrincipal,
  noClientCredential,
  secretOfPublicClient,
  unknownApplication,
  wrongAssertionType,
  wrongSecret,
} from './refusals.ts';
import type { ClientProof } from './tokens.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface Client {
  readonly application: Application;
  /** `undefined` for Microsoft's own clients, whose principals are not modelled. */
  readonly principal: ServicePrincipal | undefined;
}

/** The fields of a client: in the form, or its id and secret by HTTP Basic (RFC 6749, section 2.3.1). */
export interface ClientFields {
  readonly clientId: string;
  readonly secret: string;
  readonly assertion: string;
  readonly assertionType: string;
}

export function clientFields(call: Call): ClientFields {
  const basic = /^Basic (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
  const [id = '', secret = ''] =
    basic === undefined
      ? []
      : Buffer.from(basic, 'base64')
          .toString('utf8')
          .split(':', 2)
          .map((part) => decodeURIComponent(part));
  return {
    clientId: call.form.get('client_id') ?? id,
    secret: call.form.get('client_secret') ?? secret,
    assertion: call.form.get('client_assertion') ?? '',
    assertionType: call.form.get('client_assertion_type') ?? '',
  };
}

/** @throws {Refusal} AADSTS900144, 700016, 7000229 or 7000112 */
export function findClient(context: EntraContext, endpoint: Endpoint, clientId: string): Client {
  if (clientId === '') throw missingField('client_id');
  const application = context.directory.application(clientId);
  if (application === undefined) throw unknownApplication(clientId, endpoint.tenant);
  if (application.kind === 'first-party-public') return { application, principal: undefined };
  const principal = application.servicePrincipals.find((candidate) => candidate.tenantId === endpoint.tenant.id);
  if (principal === undefined) {
    throw application.tenantId === endpoint.tenant.id
      ? missingServicePrincipal(application, endpoint.tenant)
      : unknownApplication(clientId, endpoint.tenant);
  }
  if (!principal.enabled) throw disabledApplication(application);
  return { application, principal };
}

/** Client credentials: the client must prove itself. */
export async function requireClientProof(
  context: EntraContext,
  endpoint: Endpoint,
  client: Client,
  fields: ClientFields,
): Promise<ClientProof> {
  const proof = await checkClientProof(context, endpoint, client, fields);
  if (proof === 'none') throw noClientCredential();
  if (
    client.principal !== undefined &&
    endpoint.tenant.blockedByConditionalAccess.includes(client.principal.objectId)
  ) {
    throw blockedByConditionalAccess();
  }
  return proof;
}

/** A user's grant: a confidential client proves itself unless public client flows are allowed. */
export async function checkUserClient(
  context: EntraContext,
  endpoint: Endpoint,
  client: Client,
  fields: ClientFields,
): Promise<ClientProof> {
  const proof = await checkClientProof(context, endpoint, client, fields);
  if (proof === 'none' && client.application.kind === 'confidential' && !client.application.allowPublicClientFlows) {
    throw missingClientCredential();
  }
  return proof;
}

async function checkClientProof(
  context: EntraContext,
  endpoint: Endpoint,
  client: Client,
  fields: ClientFields,
): Promise<ClientProof> {
  const { application } = client;
  if (fields.secret === '' && fields.assertion === '') return 'none';
  if (application.kind !== 'confidential') throw secretOfPublicClient();
  if (fields.assertion !== '') {
    if (fields.assertionType === '') throw missingField('client_assertion_type');
    if (fields.assertionType !== JWT_BEARER) throw wrongAssertionType();
    await checkAssertion(context, endpoint, application, fields.assertion);
    return 'assertion';
  }
  checkSecret(context, application, fields.secret);
  return 'secret';
}

function checkSecret(context: EntraContext, application: Application, presented: string): void {
  const known = application.secrets.find((secret) => equals(secret.value, presented));
  if (known === undefined) throw wrongSecret(application);
  if (known.expiresOn.getTime() <= context.clock.now()) throw expiredSecret(application);
}

function equals(first: string, second: string): boolean {
  const [one, other] = [Buffer.from(first), Buffer.from(second)];
  return one.length === other.length && timingSafeEqual(one, other);
}
