import { canonicalId, isDomain, isGuid, isUri, isWord } from '../core/forms.ts';
import { asObject, parseJson } from '../core/json.ts';
import { certificateIn } from '../core/key-material.ts';
import type {
  CloudRequest,
  CredentialRequest,
  ManagedIdentityRequest,
  Method,
  WorkloadIdentityRequest,
} from '../core/request.ts';
import type { Creds } from './creds.ts';
import { combine, type InputReader, isReported, type Reported } from './reader.ts';
import { readPath } from './session.ts';
import type { ChoiceOf, InputName } from './table.ts';

type AuthType = ChoiceOf<'auth-type'>;

type Cloud = CloudRequest | Reported;

/** A credential among the inputs: the inputs that carry it, and the method that uses it. */
interface Offer {
  readonly method: Method;
  readonly inputs: readonly InputName[];
}

const OFFERS: readonly Offer[] = [
  { method: 'client-secret', inputs: ['client-secret'] },
  { method: 'client-secret', inputs: ['creds'] },
  { method: 'client-certificate', inputs: ['client-certificate'] },
  { method: 'password', inputs: ['username', 'password'] },
  { method: 'publish-settings', inputs: ['publish-settings'] },
  { method: 'workload-identity', inputs: ['federated-token-file'] },
];

/** The methods of a service principal that need no name in `auth-type`: what SERVICE_PRINCIPAL covers. */
const SERVICE_PRINCIPAL_METHODS: ReadonlySet<Method> = new Set(['oidc', 'client-secret', 'client-certificate']);

/**
 * How to sign in, by the inputs alone. The environment has no say: a job whose secrets came out empty must not get
 * the identity of the machine it runs on.
 */
export function chooseMethod(inputs: InputReader, creds: Creds): Method | Reported {
  const authType = inputs.choice('auth-type');
  if (isReported(authType)) return authType;
  const offers = OFFERS.map(({ method, inputs: names }) => ({
    method,
    inputs: names.filter((name) => inputs.given(name) && !(name === 'creds' && creds.kind === 'ignored')),
  })).filter((offer) => offer.inputs.length > 0);
  const [offer, ...more] = offers;
  if (more.length > 0)
    return inputs.error(
      'severalCredentials',
      offers.map((each) => each.inputs),
    );
  if (authType === 'auto') return chooseByInputs(inputs, creds, offer);
  const method = methodNamed(authType, offer);
  return offer === undefined || offer.method === method
    ? method
    : inputs.error('otherCredential', authType, offer.method, offer.inputs);
}

function methodNamed(authType: Exclude<AuthType, 'auto'>, offer: Offer | undefined): Method {
  if (authType === 'IDENTITY') return 'managed-identity';
  if (authType !== 'SERVICE_PRINCIPAL') return authType;
  return offer !== undefined && SERVICE_PRINCIPAL_METHODS.has(offer.method) ? offer.method : 'oidc';
}

function chooseByInputs(inputs: InputReader, creds: Creds, offer: Offer | undefined): Method | Reported {
  if (offer?.method === 'workload-identity') return inputs.error('unnamedWorkloadIdentity');
  if (offer !== undefined) return offer.method;
  const nothing = !inputs.given('client-id') && !inputs.given('tenant-id') && creds.kind === 'absent';
  return nothing ? inputs.error('noCredential', inputs.env) : 'oidc';
}

/** Names of all tenants that hold work or school accounts; only users can sign in to them. */
const USER_TENANTS: ReadonlySet<string> = new Set(['organizations', 'common']);

/** What the method needs, checked. Without a method only the form of the ids is. */
export function readCredential(
  inputs: InputReader,
  method: Method | Reported,
  creds: Creds,
  cloud: Cloud,
): CredentialRequest | Reported {
  if (isReported(method)) {
    readUserTenant(inputs, cloud);
    readClientId(inputs, cloud);
    return method;
  }
  switch (method) {
    case 'oidc':
      return readOidc(inputs, creds, cloud);
    case 'client-secret':
      return readClientSecret(inputs, creds, cloud);
    case 'client-certificate':
      return readClientCertificate(inputs, creds, cloud);
    case 'managed-identity':
      return readManagedIdentity(inputs);
    case 'workload-identity':
      return readWorkloadIdentity(inputs, cloud);
    case 'password':
      return readPassword(inputs, creds, cloud);
    case 'device-code':
      return combine({ tenantId: readUserTenant(inputs, cloud) }, ({ tenantId }) => ({ method, tenantId }));
    case 'publish-settings':
      return combine({ texts: required(inputs, method, creds, [method]) }, ({ texts }) => ({
        method,
        publishSettings: texts[method],
        afterImport: inputs.flag('delete-publish-settings') ? 'delete' : 'keep',
      }));
  }
}

function readOidc(inputs: InputReader, creds: Creds, cloud: Cloud): CredentialRequest | Reported {
  const parts = {
    texts: required(inputs, 'oidc', creds, ['client-id', 'tenant-id']),
    clientId: readClientId(inputs, cloud),
    tenantId: readTenantId(inputs, cloud),
  };
  const audience = inputs.text('audience');
  const byName = inputs.choice('auth-type') === 'oidc';
  return combine(parts, ({ clientId, tenantId }) => ({
    method: 'oidc',
    clientId,
    tenantId,
    ...(audience === '' ? {} : { audience }),
    ...(byName ? { byName } : {}),
  }));
}

function readClientSecret(inputs: InputReader, creds: Creds, cloud: Cloud): CredentialRequest | Reported {
  if (creds.kind === 'unusable') return creds.principal;
  if (creds.kind === 'read') {
    const { clientId, tenantId, clientSecret } = creds.principal;
    const ids = {
      clientId: checkClientId(inputs, 'The client id in `creds`', clientId, cloud),
      tenantId: checkTenantId(inputs, 'The tenant id in `creds`', tenantId, cloud),
    };
    return combine(ids, (principal) => ({ method: 'client-secret', ...principal, clientSecret }));
  }
  const parts = {
    texts: required(inputs, 'client-secret', creds, ['client-id', 'tenant-id', 'client-secret']),
    clientId: readClientId(inputs, cloud),
    tenantId: readTenantId(inputs, cloud),
    clientSecret: checkSecret(inputs, inputs.text('client-secret')),
  };
  return combine(parts, ({ texts: _, ...credential }) => ({ method: 'client-secret', ...credential }));
}

/** Entra would refuse it as a wrong secret, after it was sent there. */
function checkSecret(inputs: InputReader, clientSecret: string): string | Reported {
  const certificate = certificateIn(clientSecret);
  if (certificate !== undefined) return inputs.error('certificateAsSecret', certificate);
  const isJson = clientSecret.startsWith('{') && asObject(parseJson(clientSecret)) !== undefined;
  return isJson ? inputs.error('jsonAsSecret') : clientSecret;
}

function readClientCertificate(inputs: InputReader, creds: Creds, cloud: Cloud): CredentialRequest | Reported {
  const parts = {
    texts: required(inputs, 'client-certificate', creds, ['client-id', 'tenant-id', 'client-certificate']),
    clientId: readClientId(inputs, cloud),
    tenantId: readTenantId(inputs, cloud),
  };
  return combine(parts, ({ texts, clientId, tenantId }) => ({
    method: 'client-certificate',
    clientId,
    tenantId,
    certificate: texts['client-certificate'],
    certificatePassword: inputs.text('client-certificate-password'),
    chain: inputs.flag('send-certificate-chain') ? 'send' : 'omit',
  }));
}

function readPassword(inputs: InputReader, creds: Creds, cloud: Cloud): CredentialRequest | Reported {
  const parts = {
    texts: required(inputs, 'password', creds, ['username', 'password']),
    tenantId: readUserTenant(inputs, cloud),
  };
  return combine(parts, ({ texts, tenantId }) => ({ method: 'password', ...texts, tenantId }));
}

function readManagedIdentity(inputs: InputReader): ManagedIdentityRequest | Reported {
  const clientId = inputs.value('client-id');
  if (isReported(clientId)) return clientId;
  if (clientId === '') return { method: 'managed-identity', identity: { kind: 'system-assigned' } };
  if (!isGuid(clientId)) return inputs.error('managedIdentityForm', clientId);
  return { method: 'managed-identity', identity: { kind: 'user-assigned', clientId: canonicalId(clientId) } };
}

/**
 * The variables a pod gets from the mutating webhook, by the input that takes their place.
 * Source: Azure/azure-workload-identity, "Mutating Admission Webhook".
 */
const POD_VARIABLES = {
  'client-id': 'AZURE_CLIENT_ID',
  'tenant-id': 'AZURE_TENANT_ID',
  'federated-token-file': 'AZURE_FEDERATED_TOKEN_FILE',
} as const;

type PodInput = keyof typeof POD_VARIABLES;

function readWorkloadIdentity(inputs: InputReader, cloud: Cloud): WorkloadIdentityRequest | Reported {
  const complete = checkPod(inputs);
  const tokenFile = podValue(inputs, 'federated-token-file', (name, file) => readPath(inputs, name, file));
  const clientId = podValue(inputs, 'client-id', (name, id) => checkClientId(inputs, name, id, cloud));
  const tenantId = podValue(inputs, 'tenant-id', (name, id) => checkTenantId(inputs, name, id, cloud));
  return combine({ complete, clientId, tenantId, tokenFile }, ({ complete: _, ...credential }) => ({
    method: 'workload-identity',
    ...credential,
  }));
}

function checkPod(inputs: InputReader): 'complete' | Reported {
  const names = Object.keys(POD_VARIABLES) as PodInput[];
  const empty = names.filter((name) => !inputs.given(name) && variableOf(inputs, name) === '');
  if (empty.length === 0) return 'complete';
  const variables = empty.map((name) => POD_VARIABLES[name]);
  return inputs.error('emptyPod', names, empty, variables);
}

/** The input's value, else the pod's, checked unless it is empty. */
function podValue(
  inputs: InputReader,
  input: PodInput,
  check: (name: string, value: string) => string | Reported,
): string | Reported {
  const value = inputs.given(input) ? inputs.value(input) : variableOf(inputs, input);
  if (isReported(value) || value === '') return value;
  return check(inputs.given(input) ? `\`${input}\`` : `${POD_VARIABLES[input]} of the pod`, value);
}

function variableOf({ env }: InputReader, input: PodInput): string {
  return (env[POD_VARIABLES[input]] ?? '').trim();
}

/** The texts of the inputs that the method cannot do without. */
function required<Name extends InputName>(
  inputs: InputReader,
  method: Method,
  creds: Creds,
  names: readonly Name[],
): Readonly<Record<Name, string>> | Reported {
  const empty = names.filter((name) => !inputs.given(name));
  if (empty.length > 0) {
    const ignored = creds.kind === 'ignored' ? 'creds-ignored' : 'no-creds';
    return inputs.error('emptyInputs', method, names, empty, ignored, inputs.env);
  }
  return Object.fromEntries(names.map((name) => [name, inputs.text(name)])) as Record<Name, string>;
}

function readClientId(inputs: InputReader, cloud: Cloud): string | Reported {
  const id = inputs.value('client-id');
  return isReported(id) || id === '' ? id : checkClientId(inputs, '`client-id`', id, cloud);
}

function readTenantId(inputs: InputReader, cloud: Cloud): string | Reported {
  const id = inputs.value('tenant-id');
  return isReported(id) || id === '' ? id : checkTenantId(inputs, '`tenant-id`', id, cloud);
}

/** The tenant a user signs in to: any that has their account, unless the workflow names one. */
function readUserTenant(inputs: InputReader, cloud: Cloud): string | Reported {
  const id = inputs.text('tenant-id').toLowerCase() || 'organizations';
  return USER_TENANTS.has(id) ? id : readTenantId(inputs, cloud);
}

/** @param name what a message calls the id */
function checkClientId(inputs: InputReader, name: string, id: string, cloud: Cloud): string | Reported {
  if (isGuid(id) || isUri(id) || fitsOwnDirectory(id, cloud)) return canonicalId(id);
  return inputs.error('clientIdForm', name, id);
}

function checkTenantId(inputs: InputReader, name: string, id: string, cloud: Cloud): string | Reported {
  if (isGuid(id) || isDomain(id) || fitsOwnDirectory(id, cloud)) return canonicalId(id);
  return inputs.error('tenantIdForm', name, id);
}

/** A private cloud may have AD FS as its directory, whose tenant is `adfs` and whose client ids are free text. */
function fitsOwnDirectory(id: string, cloud: Cloud): boolean {
  return (isReported(cloud) || cloud.kind !== 'known') && isWord(id);
}
