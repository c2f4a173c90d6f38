import { timingSafeEqual } from 'node:crypto';
import type { Application, ServicePrincipal, Tenant } from '../directory.ts';
import { checkAssertion } from './assertions.ts';
import type { Endpoint, EntraContext } from './endpoint.ts';
import { errors } from './errors.ts';
import { requireField } from './resource.ts';
import type { ClientProof } from './tokens.ts';

const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

interface Client {
  readonly application: Application;
  /** `undefined` for Microsoft's own clients, whose principals are not modelled. */
  readonly principal: ServicePrincipal | undefined;
}

/** @throws {EntraError} AADSTS900144, 700016, 7000229 or 7000112 */
export function findClient({ directory }: EntraContext, tenant: Tenant, form: URLSearchParams): Client {
  const clientId = requireField(form, 'client_id');
  const application = directory.application(clientId);
  if (application === undefined) throw errors.unknownApplication(clientId, tenant);
  if (application.kind === 'first-party') return { application, principal: undefined };
  const principal = application.servicePrincipals.find(({ tenantId }) => tenantId === tenant.id);
  if (principal === undefined) {
    throw application.tenantId === tenant.id
      ? errors.missingServicePrincipal(application, tenant)
      : errors.unknownApplication(clientId, tenant);
  }
  if (!principal.enabled) throw errors.disabledApplication(application);
  return { application, principal };
}

/**
 * Checks the secret or the assertion of a client.
 * @throws {EntraError} for a credential that is wrong, and for one of a public client
 */
export async function clientProof(
  context: EntraContext,
  endpoint: Endpoint,
  application: Application,
  form: URLSearchParams,
): Promise<ClientProof> {
  const [secret, assertion] = [form.get('client_secret') || '', form.get('client_assertion') || ''];
  if (secret === '' && assertion === '') return 'none';
  if (application.kind !== 'confidential') throw errors.secretOfPublicClient();
  if (assertion !== '') {
    if (requireField(form, 'client_assertion_type') !== JWT_BEARER) throw errors.wrongAssertionType();
    await checkAssertion(context, endpoint, application, assertion);
    return 'assertion';
  }
  const registered = application.secrets.find(({ value }) => isEqual(value, secret));
  if (registered === undefined) throw errors.wrongSecret(application);
  if (registered.expiresOn.getTime() <= context.clock.now()) throw errors.expiredSecret(application);
  return 'secret';
}

function isEqual(first: string, second: string): boolean {
  const [one, other] = [Buffer.from(first), Buffer.from(second)];
  return one.length === other.length && timingSafeEqual(one, other);
}
