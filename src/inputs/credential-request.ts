import { certificateIn } from './certificate-in-secret.ts';
import type { InputContext } from './context.ts';
import type { Creds } from './creds.ts';
import { whySecretsAreEmpty } from './empty-secrets.ts';
import { isJsonObject, jsonValue } from './json.ts';
import {
  checkIds,
  readManagedIdentity,
  readPrincipal,
  readUserTenant,
  type ServicePrincipal,
  servicePrincipal,
} from './principal.ts';
import type { CloudRequest, CredentialRequest, Method } from './request.ts';
import type { InputName } from './table.ts';
import { needed } from './wording.ts';
import { readWorkloadIdentity } from './workload-identity.ts';

const SIGNING_IN: Readonly<Record<Method, string>> = {
  oidc: 'Signing in with the ID token of the job',
  'client-secret': 'Signing in with a client secret',
  'client-certificate': 'Signing in with a certificate',
  'managed-identity': 'Signing in as a managed identity',
  'workload-identity': 'Signing in as a workload identity',
  password: 'Signing in with a user name and password',
  'device-code': 'Signing in with a device code',
  'publish-settings': 'Signing in with publish settings',
};

/** What the chosen method needs, checked; `undefined` after a problem, or when there is no method to check for. */
export function readCredential(
  context: InputContext,
  method: Method | undefined,
  creds: Creds,
  cloud: CloudRequest | undefined,
): CredentialRequest | undefined {
  const { inputs } = context;
  switch (method) {
    case undefined:
      checkIds(context, cloud);
      return undefined;
    case 'oidc':
      return readOidc(context, creds, cloud);
    case 'client-secret':
      return readClientSecret(context, creds, cloud);
    case 'client-certificate':
      return readClientCertificate(context, creds, cloud);
    case 'managed-identity':
      return readManagedIdentity(context);
    case 'workload-identity':
      return readWorkloadIdentity(context, cloud);
    case 'password':
      return readPassword(context, creds, cloud);
    case 'device-code':
      return withTenant(readUserTenant(context, cloud), (tenantId) => ({ method, tenantId }));
    case 'publish-settings':
      if (lacks(context, method, creds, ['publish-settings'])) return undefined;
      return {
        method,
        publishSettings: inputs.text('publish-settings'),
        afterImport: inputs.flag('delete-publish-settings') ? 'delete' : 'keep',
      };
  }
}

function readOidc(context: InputContext, creds: Creds, cloud: CloudRequest | undefined): CredentialRequest | undefined {
  const lacking = lacks(context, 'oidc', creds, ['client-id', 'tenant-id']);
  const principal = readPrincipal(context, cloud);
  if (lacking || principal === undefined) return undefined;
  const audience = context.inputs.text('audience');
  const byName = context.inputs.choice('auth-type') === 'oidc';
  return {
    method: 'oidc',
    ...principal,
    ...(audience === '' ? {} : { audience }),
    ...(byName ? { byName } : {}),
  };
}

function readClientSecret(
  context: InputContext,
  creds: Creds,
  cloud: CloudRequest | undefined,
): CredentialRequest | undefined {
  if (creds.kind === 'unusable') return undefined;
  if (creds.kind === 'read') {
    const { clientId, tenantId, clientSecret } = creds.principal;
    const [client, tenant] = ['The client id in `creds`', 'The tenant id in `creds`'] as const;
    const principal = servicePrincipal(context, { client, clientId, tenant, tenantId }, cloud);
    return principal === undefined ? undefined : { method: 'client-secret', ...principal, clientSecret };
  }
  const lacking = lacks(context, 'client-secret', creds, ['client-id', 'tenant-id', 'client-secret']);
  const principal = readPrincipal(context, cloud);
  const clientSecret = context.inputs.text('client-secret');
  const foreign = reportForeignSecret(context, clientSecret);
  if (lacking || principal === undefined || foreign) return undefined;
  return { method: 'client-secret', ...principal, clientSecret };
}

/** What Entra would refuse as a wrong secret, after it was sent there. */
function reportForeignSecret({ findings }: InputContext, clientSecret: string): boolean {
  const certificate = certificateIn(clientSecret);
  if (certificate !== undefined) {
    findings.problem(
      `\`client-secret\` holds ${certificate}, not the value of a client secret.`,
      'Give the certificate with its key in `client-certificate`, and remove `client-secret`.',
    );
    return true;
  }
  if (!clientSecret.startsWith('{') || !isJsonObject(jsonValue(clientSecret))) return false;
  findings.problem(
    '`client-secret` holds JSON, not the value of a client secret.',
    'Give the JSON that `az ad sp create-for-rbac` prints as `creds`, without `client-id`, `tenant-id` and `subscription-id` beside it.',
  );
  return true;
}

function readClientCertificate(
  context: InputContext,
  creds: Creds,
  cloud: CloudRequest | undefined,
): CredentialRequest | undefined {
  const { inputs } = context;
  const lacking = lacks(context, 'client-certificate', creds, ['client-id', 'tenant-id', 'client-certificate']);
  const principal: ServicePrincipal | undefined = readPrincipal(context, cloud);
  if (lacking || principal === undefined) return undefined;
  return {
    method: 'client-certificate',
    ...principal,
    certificate: inputs.text('client-certificate'),
    certificatePassword: inputs.text('client-certificate-password'),
    chain: inputs.flag('send-certificate-chain') ? 'send' : 'omit',
  };
}

function readPassword(
  context: InputContext,
  creds: Creds,
  cloud: CloudRequest | undefined,
): CredentialRequest | undefined {
  const { inputs } = context;
  const lacking = lacks(context, 'password', creds, ['username', 'password']);
  const tenantId = readUserTenant(context, cloud);
  if (lacking || tenantId === undefined) return undefined;
  return { method: 'password', username: inputs.text('username'), password: inputs.text('password'), tenantId };
}

function withTenant<Request>(
  tenantId: string | undefined,
  request: (tenantId: string) => Request,
): Request | undefined {
  return tenantId === undefined ? undefined : request(tenantId);
}

/** Reports those of the inputs a method needs that are empty. */
function lacks(
  { inputs, findings, env }: InputContext,
  method: Method,
  creds: Creds,
  names: readonly InputName[],
): boolean {
  const empty = names.filter((name) => !inputs.given(name));
  if (empty.length === 0) return false;
  const ignored =
    creds.kind === 'ignored'
      ? ['To use `creds`, remove `client-id`, `tenant-id` and `subscription-id`. `subscription` can stay beside it.']
      : [];
  findings.problem(
    `${SIGNING_IN[method]} needs ${needed(names, empty)} empty.`,
    ...ignored,
    ...whySecretsAreEmpty(env),
  );
  return true;
}
