import type { InputContext } from './context.ts';
import { canonicalId, EXAMPLE_GUID, isDomain, isGuid, isUri, isWord, oddity } from './forms.ts';
import type { CloudRequest, ManagedIdentityRequest } from './request.ts';

export interface ServicePrincipal {
  readonly clientId: string;
  readonly tenantId: string;
}

/** Two ids and what a message calls each. */
interface NamedIds extends ServicePrincipal {
  readonly client: string;
  readonly tenant: string;
}

/** Names of all tenants that hold work or school accounts; only users can sign in to them. */
const USER_TENANTS: ReadonlySet<string> = new Set(['organizations', 'common']);

/** The service principal of `client-id` and `tenant-id`; `undefined` when one is missing or malformed. */
export function readPrincipal(context: InputContext, cloud: CloudRequest | undefined): ServicePrincipal | undefined {
  const { inputs } = context;
  const clientId = inputs.garbled('client-id') ? '' : inputs.text('client-id');
  const tenantId = inputs.garbled('tenant-id') ? '' : inputs.text('tenant-id');
  return servicePrincipal(context, { client: '`client-id`', clientId, tenant: '`tenant-id`', tenantId }, cloud);
}

/** The form of the ids alone, for when it is not known who signs in. */
export function checkIds(context: InputContext, cloud: CloudRequest | undefined): void {
  readUserTenant(context, cloud);
  const clientId = context.inputs.garbled('client-id') ? '' : context.inputs.text('client-id');
  servicePrincipal(context, { client: '`client-id`', clientId, tenant: '', tenantId: '' }, cloud);
}

/** Both ids in canonical spelling. An empty one is someone else's to report. */
export function servicePrincipal(
  context: Pick<InputContext, 'findings'>,
  ids: NamedIds,
  cloud: CloudRequest | undefined,
): ServicePrincipal | undefined {
  const clientFits = ids.clientId === '' || checkClientId(context, ids, cloud);
  const tenantFits = ids.tenantId === '' || checkTenantId(context, ids.tenant, ids.tenantId, cloud);
  if (!clientFits || !tenantFits || ids.clientId === '' || ids.tenantId === '') return undefined;
  return { clientId: canonicalId(ids.clientId), tenantId: canonicalId(ids.tenantId) };
}

/** The tenant a user signs in to: any that has their account, unless the workflow names one. */
export function readUserTenant(context: InputContext, cloud: CloudRequest | undefined): string | undefined {
  const tenantId = context.inputs.text('tenant-id');
  if (tenantId === '') return 'organizations';
  if (context.inputs.garbled('tenant-id')) return undefined;
  if (USER_TENANTS.has(tenantId.toLowerCase())) return tenantId.toLowerCase();
  return checkTenantId(context, '`tenant-id`', tenantId, cloud) ? canonicalId(tenantId) : undefined;
}

export function readManagedIdentity({ inputs, findings }: InputContext): ManagedIdentityRequest | undefined {
  const clientId = inputs.text('client-id');
  if (clientId === '') return { method: 'managed-identity', identity: { kind: 'system-assigned' } };
  if (inputs.garbled('client-id')) return undefined;
  if (!isGuid(clientId)) {
    findings.problem(
      `\`client-id\` is no client id of a user-assigned managed identity, which is a GUID like ${EXAMPLE_GUID}.${oddity(clientId)}`,
      'Give the client id of the identity, not its resource id or name. Leave `client-id` out for the system-assigned identity.',
    );
    return undefined;
  }
  return { method: 'managed-identity', identity: { kind: 'user-assigned', clientId: canonicalId(clientId) } };
}

function checkClientId(
  { findings }: Pick<InputContext, 'findings'>,
  { client, clientId }: NamedIds,
  cloud: CloudRequest | undefined,
): boolean {
  if (isGuid(clientId) || isUri(clientId) || fitsOwnDirectory(clientId, cloud)) return true;
  findings.problem(
    `${client} is neither a GUID like ${EXAMPLE_GUID} nor an identifier URI like api://my-app.${oddity(clientId)}`,
  );
  return false;
}

function checkTenantId(
  { findings }: Pick<InputContext, 'findings'>,
  tenant: string,
  tenantId: string,
  cloud: CloudRequest | undefined,
): boolean {
  if (isGuid(tenantId) || isDomain(tenantId) || fitsOwnDirectory(tenantId, cloud)) return true;
  findings.problem(
    `${tenant} is neither a GUID like ${EXAMPLE_GUID} nor a domain like contoso.onmicrosoft.com.${isUri(tenantId) ? ' It is a URL: give the part that names the tenant.' : oddity(tenantId)}`,
  );
  return false;
}

/** A private cloud may have AD FS as its directory, whose tenant is `adfs` and whose client ids are free text. */
function fitsOwnDirectory(id: string, cloud: CloudRequest | undefined): boolean {
  return cloud?.kind !== 'known' && isWord(id);
}
