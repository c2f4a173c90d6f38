import { canonicalId, isDomain, isGuid, isUri, isWord, namesTenant } from '../core/forms.ts';
import { parseJsonObject } from '../core/json.ts';
import { certificateIn } from '../core/key-material.ts';
import type {
  CloudRequest,
  CredentialRequest,
  ManagedIdentityRequest,
  Method,
  WorkloadIdentityRequest,
} from '../core/request.ts';
import { checkedPath } from './config-dir.ts';
import type { Creds } from './creds.ts';
import type { InputReader } from './reader.ts';
import type { ChoiceOf, InputName } from './table.ts';

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
 * @returns `undefined` where the inputs do not tell, which is then reported
 */
export function chooseMethod(inputs: InputReader, creds: Creds): Method | undefined {
  if (!inputs.usable('auth-type')) return undefined;
  const authType = inputs.choice('auth-type');
  const offers = OFFERS.map(({ method, inputs: names }) => ({
    method,
    inputs: names.filter((name) => inputs.given(name) && !(name === 'creds' && creds.state === 'ignored')),
  })).filter((offer) => offer.inputs.length > 0);
  const [offer] = offers;
  if (offers.length > 1) {
    const names = offers.map((each) => each.inputs);
    inputs.error('severalCredentials', names);
    return undefined;
  }
  if (authType === 'auto') return chooseByInputs(inputs, creds, offer?.method);
  const method = methodNamed(authType, offer?.method);
  if (offer === undefined || offer.method === method) return method;
  inputs.error('otherCredential', authType, offer.method, offer.inputs);
  return undefined;
}

function methodNamed(authType: Exclude<ChoiceOf<'auth-type'>, 'auto'>, offered: Method | undefined): Method {
  if (authType === 'IDENTITY') return 'managed-identity';
  if (authType !== 'SERVICE_PRINCIPAL') return authType;
  return offered !== undefined && SERVICE_PRINCIPAL_METHODS.has(offered) ? offered : 'oidc';
}

function chooseByInputs(inputs: InputReader, creds: Creds, offered: Method = 'oidc'): Method | undefined {
  const nothing = !inputs.given('client-id') && !inputs.given('tenant-id') && creds.state === 'absent';
  if (offered === 'workload-identity') inputs.error('unnamedWorkloadIdentity');
  else if (offered === 'oidc' && nothing) inputs.error('noCredential', inputs.env);
  else return offered;
  return undefined;
}

/** What the method needs, checked. Without a method only the form of the ids is. */
export function readCredential(
  inputs: InputReader,
  method: Method | undefined,
  creds: Creds,
  cloud: CloudRequest,
): CredentialRequest | undefined {
  switch (method) {
    case undefined:
      readUserTenant(inputs, cloud);
      readClientId(inputs, cloud);
      return undefined;
    case 'oidc': {
      checkGiven(inputs, method, creds, ['client-id', 'tenant-id']);
      const audience = inputs.text('audience');
      return {
        method,
        ...readApplication(inputs, cloud),
        ...(audience === '' ? {} : { audience }),
        ...(inputs.choice('auth-type') === 'oidc' ? { byName: true } : {}),
      };
    }
    case 'client-secret':
      return readClientSecret(inputs, creds, cloud);
    case 'client-certificate':
      checkGiven(inputs, method, creds, ['client-id', 'tenant-id', 'client-certificate']);
      return {
        method,
        ...readApplication(inputs, cloud),
        certificate: inputs.text('client-certificate'),
        certificatePassword: inputs.text('client-certificate-password'),
        chain: inputs.flag('send-certificate-chain') ? 'send' : 'omit',
      };
    case 'managed-identity':
      return readManagedIdentity(inputs);
    case 'workload-identity':
      return readWorkloadIdentity(inputs, cloud);
    case 'password':
      checkGiven(inputs, method, creds, ['username', 'password']);
      return {
        method,
        username: inputs.text('username'),
        password: inputs.text('password'),
        tenantId: readUserTenant(inputs, cloud),
      };
    case 'device-code':
      return { method, tenantId: readUserTenant(inputs, cloud) };
    case 'publish-settings':
      checkGiven(inputs, method, creds, [method]);
      return {
        method,
        publishSettings: inputs.text(method),
        afterImport: inputs.flag('delete-publish-settings') ? 'delete' : 'keep',
      };
  }
}

function readApplication(inputs: InputReader, cloud: CloudRequest): { clientId: string; tenantId: string } {
  return { clientId: readClientId(inputs, cloud), tenantId: readTenantId(inputs, cloud) };
}

function readClientSecret(inputs: InputReader, creds: Creds, cloud: CloudRequest): CredentialRequest {
  const method = 'client-secret';
  if (creds.state === 'read' || creds.state === 'unusable') {
    const { clientSecret } = creds;
    const clientId = checkedClientId(inputs, 'The client id in `creds`', creds.clientId, cloud);
    const tenantId = checkedTenantId(inputs, 'The tenant id in `creds`', creds.tenantId, cloud);
    return { method, clientId, tenantId, clientSecret };
  }
  checkGiven(inputs, method, creds, ['client-id', 'tenant-id', method]);
  const clientSecret = inputs.text(method);
  const application = readApplication(inputs, cloud);
  // Entra would refuse either as a wrong secret, after it was sent there.
  const certificate = certificateIn(clientSecret);
  if (certificate !== undefined) inputs.error('certificateAsSecret', certificate);
  else if (parseJsonObject(clientSecret) !== undefined) inputs.error('jsonAsSecret');
  return { method, ...application, clientSecret };
}

function readManagedIdentity(inputs: InputReader): ManagedIdentityRequest {
  const method = 'managed-identity';
  const clientId = inputs.text('client-id');
  if (clientId === '') return { method, identity: { kind: 'system-assigned' } };
  if (!isGuid(clientId)) inputs.error('managedIdentityForm', clientId);
  return { method, identity: { kind: 'user-assigned', clientId: canonicalId(clientId) } };
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

/** Each input's value, else the pod's. */
function readWorkloadIdentity(inputs: InputReader, cloud: CloudRequest): WorkloadIdentityRequest {
  const ofPod = (input: PodInput): string => (inputs.env[POD_VARIABLES[input]] ?? '').trim();
  const names = Object.keys(POD_VARIABLES) as PodInput[];
  const empty = names.filter((name) => !inputs.given(name) && ofPod(name) === '');
  const variables = empty.map((name) => POD_VARIABLES[name]);
  if (empty.length > 0) inputs.error('emptyPod', names, empty, variables);
  const read = (input: PodInput, check: typeof checkedClientId): string =>
    inputs.given(input)
      ? check(inputs, `\`${input}\``, inputs.text(input), cloud)
      : check(inputs, `${POD_VARIABLES[input]} of the pod`, ofPod(input), cloud);
  return {
    method: 'workload-identity',
    tokenFile: read('federated-token-file', checkedPath),
    clientId: read('client-id', checkedClientId),
    tenantId: read('tenant-id', checkedTenantId),
  };
}

/** Reports the inputs that the method cannot do without and that are empty. */
function checkGiven(inputs: InputReader, method: Method, creds: Creds, names: readonly InputName[]): void {
  const empty = names.filter((name) => !inputs.given(name));
  const ignored = creds.state === 'ignored' ? 'creds-ignored' : 'no-creds';
  if (empty.length > 0) inputs.error('emptyInputs', method, names, empty, ignored, inputs.env);
}

function readClientId(inputs: InputReader, cloud: CloudRequest): string {
  return checkedClientId(inputs, '`client-id`', inputs.text('client-id'), cloud);
}

function readTenantId(inputs: InputReader, cloud: CloudRequest): string {
  return checkedTenantId(inputs, '`tenant-id`', inputs.text('tenant-id'), cloud);
}

/** The tenant a user signs in to: any that has their account, unless the workflow names one. */
function readUserTenant(inputs: InputReader, cloud: CloudRequest): string {
  const id = inputs.text('tenant-id').toLowerCase() || 'organizations';
  return namesTenant(id) ? readTenantId(inputs, cloud) : id;
}

/**
 * Reports an id of a wrong form. One that is missing is reported elsewhere.
 * @param name what a message calls the id
 */
function checkedClientId(inputs: InputReader, name: string, id: string, cloud: CloudRequest): string {
  if (id !== '' && !isGuid(id) && !isUri(id) && !fitsOwnDirectory(id, cloud)) inputs.error('clientIdForm', name, id);
  return canonicalId(id);
}

function checkedTenantId(inputs: InputReader, name: string, id: string, cloud: CloudRequest): string {
  if (id !== '' && !isGuid(id) && !isDomain(id) && !fitsOwnDirectory(id, cloud)) inputs.error('tenantIdForm', name, id);
  return canonicalId(id);
}

/** A private cloud may have AD FS as its directory, whose tenant is `adfs` and whose client ids are free text. */
function fitsOwnDirectory(id: string, { kind }: CloudRequest): boolean {
  return kind === 'discovered' && isWord(id);
}
