import { canonicalId, isDomain, isGuid, isUri, isWord, namesTenant } from '../core/forms.ts';
import { asObject, type JsonObject, parseJson, parseJsonObject } from '../core/json.ts';
import { certificateIn } from '../core/key-material.ts';
import type {
  CloudRequest,
  CredentialRequest,
  ManagedIdentityRequest,
  Method,
  WorkloadIdentityRequest,
} from '../core/request.ts';
import { checkedPath } from './config-dir.ts';
import type { InputReader } from './reader.ts';
import type { ChoiceOf, InputName } from './table.ts';

/** The service principal of a `creds` JSON. Each field is `''` unless it was read, and the optional ones where the JSON lacks them. */
export interface Creds {
  /** `ignored`: left aside as azure/login leaves it aside, with a warning. */
  readonly state: 'absent' | 'ignored' | 'unusable' | 'read';
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceManagerUrl: string;
}

const NO_PRINCIPAL = { clientId: '', clientSecret: '', tenantId: '', subscriptionId: '', resourceManagerUrl: '' };

/** The inputs that make azure/login ignore `creds` (its `LoginConfig.ts`): any one of them is enough. */
const OVERRIDING = ['client-id', 'tenant-id', 'subscription-id'] as const satisfies readonly InputName[];

/** What `az ad sp create-for-rbac` calls the fields: with `--json-auth` (once `--sdk-auth`), and without. */
const JSON_AUTH = { clientId: 'clientId', clientSecret: 'clientSecret', tenantId: 'tenantId' };
const PLAIN: typeof JSON_AUTH = { clientId: 'appId', clientSecret: 'password', tenantId: 'tenant' };

/** What `az ad sp create-for-rbac --create-cert` prints in place of the secret, with `--json-auth` and without. */
const CERTIFICATE_FIELDS = ['clientCertificate', 'fileWithCertAndPrivateKey'];

export function readCreds(inputs: InputReader): Creds {
  if (!inputs.given('creds')) return { state: 'absent', ...NO_PRINCIPAL };
  const overriding = OVERRIDING.filter((name) => inputs.given(name));
  if (overriding.length > 0) inputs.warning('credsIgnored', overriding);
  else if (inputs.choice('auth-type') === 'IDENTITY') inputs.warning('credsIgnoredByIdentity');
  else return readPrincipal(inputs);
  return { state: 'ignored', ...NO_PRINCIPAL };
}

function readPrincipal(inputs: InputReader): Creds {
  const json = inputs.text('creds');
  const fields = asObject(parseJson(json));
  const has = (names: object): boolean => Object.values(names).some((name) => fields && Object.hasOwn(fields, name));
  const names = has(PLAIN) && !has(JSON_AUTH) ? PLAIN : JSON_AUTH;
  const missing = Object.values(names).filter((name) => field(fields, name) === '');
  const file = CERTIFICATE_FIELDS.find((name) => field(fields, name) !== '');
  const clientSecret = field(fields, names.clientSecret);
  const pasted = certificateIn(clientSecret);
  if (fields === undefined) {
    // What is no text is reported already.
    if (json !== '') inputs.error('credsNoObject', json);
  } else if (missing.length > 0 && file !== undefined) inputs.error('credsOfCertificate', file);
  else if (missing.length > 0) inputs.error('credsLacks', missing, fields, inputs.env);
  else if (pasted !== undefined) inputs.error('certificateInCreds', names.clientSecret, pasted);
  else
    return {
      state: 'read',
      clientId: canonicalId(field(fields, names.clientId).trim()),
      clientSecret,
      tenantId: canonicalId(field(fields, names.tenantId).trim()),
      subscriptionId: field(fields, 'subscriptionId').trim(),
      resourceManagerUrl: field(fields, 'resourceManagerEndpointUrl').trim(),
    };
  return { state: 'unusable', ...NO_PRINCIPAL };
}

/** A field's text, `''` when it is blank or no text. A number counts as text, as it does at azure/login. */
function field(fields: JsonObject = {}, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : '';
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text : '';
}

/** By method, the inputs that give its credential, in each of the ways to give it. */
const OFFERS: Readonly<Record<Method, readonly (readonly InputName[])[]>> = {
  'client-secret': [['client-secret'], ['creds']],
  'client-certificate': [['client-certificate']],
  password: [['username', 'password']],
  'publish-settings': [['publish-settings']],
  'workload-identity': [['federated-token-file']],
  oidc: [],
  'managed-identity': [],
  'device-code': [],
};

/** The methods of a service principal that need no name in `auth-type`: what SERVICE_PRINCIPAL covers. */
const SERVICE_PRINCIPAL_METHODS: readonly (Method | undefined)[] = ['oidc', 'client-secret', 'client-certificate'];

/**
 * How to sign in, by the inputs alone. The environment has no say: a job whose secrets came out empty must not get
 * the identity of the machine it runs on.
 * @returns `undefined` where the inputs do not tell, which is then reported
 */
export function chooseMethod(inputs: InputReader, creds: Creds): Method | undefined {
  if (!inputs.usable('auth-type')) return undefined;
  const authType = inputs.choice('auth-type');
  const isOffered = (name: InputName): boolean =>
    inputs.given(name) && !(name === 'creds' && creds.state === 'ignored');
  const offers = (Object.keys(OFFERS) as Method[])
    .flatMap((method) => OFFERS[method].map((names) => ({ method, names: names.filter(isOffered) })))
    .filter(({ names }) => names.length > 0);
  const [offer] = offers;
  if (offers.length > 1) {
    inputs.error(
      'severalCredentials',
      offers.map(({ names }) => names),
    );
    return undefined;
  }
  if (authType === 'auto') return chooseByInputs(inputs, creds, offer?.method);
  const method = methodNamed(authType, offer?.method);
  if (offer === undefined || offer.method === method) return method;
  inputs.error('otherCredential', authType, offer.method, offer.names);
  return undefined;
}

function methodNamed(authType: Exclude<ChoiceOf<'auth-type'>, 'auto'>, offered: Method | undefined): Method {
  if (authType === 'IDENTITY') return 'managed-identity';
  if (authType !== 'SERVICE_PRINCIPAL') return authType;
  return offered !== undefined && SERVICE_PRINCIPAL_METHODS.includes(offered) ? offered : 'oidc';
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
  const clientId = (): string => checkedId('clientIdForm', inputs, '`client-id`', inputs.text('client-id'), cloud);
  const tenantId = (): string => checkedId('tenantIdForm', inputs, '`tenant-id`', inputs.text('tenant-id'), cloud);
  /** Any tenant that has the user's account, unless the workflow names one. */
  const userTenant = (): string => {
    const id = inputs.text('tenant-id').toLowerCase() || 'organizations';
    return namesTenant(id) ? tenantId() : id;
  };
  switch (method) {
    case undefined:
      userTenant();
      clientId();
      return undefined;
    case 'oidc': {
      checkGiven(inputs, method, creds, ['client-id', 'tenant-id']);
      const audience = inputs.text('audience');
      return {
        method,
        clientId: clientId(),
        tenantId: tenantId(),
        ...(audience === '' ? {} : { audience }),
        ...(inputs.choice('auth-type') === 'oidc' ? { byName: true } : {}),
      };
    }
    case 'client-secret': {
      if (creds.state === 'read' || creds.state === 'unusable') return principalOf(inputs, creds, cloud);
      checkGiven(inputs, method, creds, ['client-id', 'tenant-id', method]);
      const application = { clientId: clientId(), tenantId: tenantId() };
      return { method, ...application, clientSecret: readClientSecret(inputs) };
    }
    case 'client-certificate':
      checkGiven(inputs, method, creds, ['client-id', 'tenant-id', method]);
      return {
        method,
        clientId: clientId(),
        tenantId: tenantId(),
        certificate: inputs.text(method),
        certificatePassword: inputs.text('client-certificate-password'),
        chain: inputs.flag('send-certificate-chain') ? 'send' : 'omit',
      };
    case 'managed-identity':
      return readManagedIdentity(inputs);
    case 'workload-identity':
      return readWorkloadIdentity(inputs, cloud);
    case 'password':
      checkGiven(inputs, method, creds, ['username', method]);
      return { method, username: inputs.text('username'), password: inputs.text(method), tenantId: userTenant() };
    case 'device-code':
      return { method, tenantId: userTenant() };
    case 'publish-settings':
      checkGiven(inputs, method, creds, [method]);
      return {
        method,
        publishSettings: inputs.text(method),
        afterImport: inputs.flag('delete-publish-settings') ? 'delete' : 'keep',
      };
  }
}

/** Reports the inputs that the method cannot do without and that are empty. */
function checkGiven(inputs: InputReader, method: Method, creds: Creds, names: readonly InputName[]): void {
  const empty = names.filter((name) => !inputs.given(name));
  const ignored = creds.state === 'ignored' ? 'creds-ignored' : 'no-creds';
  if (empty.length > 0) inputs.error('emptyInputs', method, names, empty, ignored, inputs.env);
}

function principalOf(inputs: InputReader, creds: Creds, cloud: CloudRequest): CredentialRequest {
  return {
    method: 'client-secret',
    clientId: checkedId('clientIdForm', inputs, 'The client id in `creds`', creds.clientId, cloud),
    tenantId: checkedId('tenantIdForm', inputs, 'The tenant id in `creds`', creds.tenantId, cloud),
    clientSecret: creds.clientSecret,
  };
}

/** Entra ID would refuse a certificate or JSON as a wrong secret, after it was sent there. */
function readClientSecret(inputs: InputReader): string {
  const secret = inputs.text('client-secret');
  const certificate = certificateIn(secret);
  if (certificate !== undefined) inputs.error('certificateAsSecret', certificate);
  else if (parseJsonObject(secret) !== undefined) inputs.error('jsonAsSecret');
  return secret;
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
  const nameOf = (input: PodInput): string =>
    inputs.given(input) ? `\`${input}\`` : `${POD_VARIABLES[input]} of the pod`;
  const textOf = (input: PodInput): string => (inputs.given(input) ? inputs.text(input) : ofPod(input));
  const id = (input: PodInput, form: keyof typeof ID_FORMS): string =>
    checkedId(form, inputs, nameOf(input), textOf(input), cloud);
  return {
    method: 'workload-identity',
    tokenFile: checkedPath(inputs, nameOf('federated-token-file'), textOf('federated-token-file')),
    clientId: id('client-id', 'clientIdForm'),
    tenantId: id('tenant-id', 'tenantIdForm'),
  };
}

/** What an id may be beside a GUID, by the error for every other one. */
const ID_FORMS = { clientIdForm: isUri, tenantIdForm: isDomain };

/**
 * Reports an id of a wrong form. One that is missing is reported elsewhere. A private cloud may have AD FS as its directory,
 * whose tenant is `adfs` and whose client ids are free text.
 * @param name what a message calls the id
 */
function checkedId(
  form: keyof typeof ID_FORMS,
  inputs: InputReader,
  name: string,
  id: string,
  { kind }: CloudRequest,
): string {
  const fits = id === '' || isGuid(id) || ID_FORMS[form](id) || (kind === 'discovered' && isWord(id));
  if (!fits) inputs.error(form, name, id);
  return canonicalId(id);
}
