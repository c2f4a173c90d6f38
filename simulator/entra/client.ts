import { timingSafeEqual } from 'node:crypto';
import type { Application, ServicePrincipal } from '../directory.ts';
import type { Call } from '../exchange.ts';
import { checkAssertion } from './assertions.ts';
import type { Endpoint, EntraContext } from './endpoint.ts';
import { refuse } from './refusals.ts';
import type { ClientProof } from './tokens.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

export interface Client {
  readonly application: Application;
  /** `undefined` for Microsoft's own clients, whose principals are not modelled. */
  readonly principal: ServicePrincipal | undefined;
}

/** How a client names and proves itself, in the form. */
interface ClientFields {
  readonly clientId: string;
  readonly secret: string;
  readonly assertion: string;
  readonly assertionType: string;
}

export function clientFields(call: Call): ClientFields {
  const field = (name: string): string => call.form.get(name) ?? '';
  return {
    clientId: field('client_id'),
    secret: field('client_secret'),
    assertion: field('client_assertion'),
    assertionType: field('client_assertion_type'),
  };
}

/** @throws {Refusal} AADSTS900144, 700016, 7000229 or 7000112 */
export function findClient(context: EntraContext, endpoint: Endpoint, clientId: string): Client {
  if (clientId === '') throw refuse.missingField('client_id');
  const application = context.directory.application(clientId);
  if (application === undefined) throw refuse.unknownApplication(clientId, endpoint.tenant);
  if (application.kind === 'first-party') return { application, principal: undefined };
  const principal = application.servicePrincipals.find((candidate) => candidate.tenantId === endpoint.tenant.id);
  if (principal === undefined) {
    throw application.tenantId === endpoint.tenant.id
      ? refuse.missingServicePrincipal(application, endpoint.tenant)
      : refuse.unknownApplication(clientId, endpoint.tenant);
  }
  if (!principal.enabled) throw refuse.disabledApplication(application);
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
  if (proof === 'none') throw refuse.noClientCredential();
  if (
    client.principal !== undefined &&
    endpoint.tenant.blockedByConditionalAccess.includes(client.principal.objectId)
  ) {
    throw refuse.blockedByConditionalAccess();
  }
  return proof;
}

/** A user's grant: a confidential client proves itself. */
export async function checkUserClient(
  context: EntraContext,
  endpoint: Endpoint,
  client: Client,
  fields: ClientFields,
): Promise<ClientProof> {
  const proof = await checkClientProof(context, endpoint, client, fields);
  if (proof === 'none' && client.application.kind === 'confidential') throw refuse.missingClientCredential();
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
  if (application.kind !== 'confidential') throw refuse.secretOfPublicClient();
  if (fields.assertion !== '') {
    if (fields.assertionType === '') throw refuse.missingField('client_assertion_type');
    if (fields.assertionType !== JWT_BEARER) throw refuse.wrongAssertionType();
    await checkAssertion(context, endpoint, application, fields.assertion);
    return 'assertion';
  }
  checkSecret(context, application, fields.secret);
  return 'secret';
}

function checkSecret(context: EntraContext, application: Application, presented: string): void {
  const known = application.secrets.find((secret) => equals(secret.value, presented));
  if (known === undefined) throw refuse.wrongSecret(application);
  if (known.expiresOn.getTime() <= context.clock.now()) throw refuse.expiredSecret(application);
}

function equals(first: string, second: string): boolean {
  const [one, other] = [Buffer.from(first), Buffer.from(second)];
  return one.length === other.length && timingSafeEqual(one, other);
}
