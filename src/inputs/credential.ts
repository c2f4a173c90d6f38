import { dirname } from 'node:path';
import { canonicalId, isDomain, isGuid, isSpecificTenant, isUri, isWord } from '../core/forms.ts';
import { asObject, type JsonObject, parseJson, parseJsonObject } from '../core/json.ts';
import { describeCertificate } from '../core/key-material.ts';
import { valueWithoutLogins } from '../core/logins.ts';
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

/** The service principal in the JSON of `creds`. Missing fields are `''`, as are all unless `state` is `read`. */
export type Creds = Readonly<typeof EMPTY_CREDS> & {
  /** `ignored`: other inputs take precedence, as in azure/login. */
  readonly state: 'absent' | 'ignored' | 'invalid' | 'read';
};

const EMPTY_CREDS = { clientId: '', clientSecret: '', tenantId: '', subscriptionId: '', resourceManagerUrl: '' };

/** Any of these inputs makes azure/login ignore `creds`. Source: azure/login, `LoginConfig.ts`. */
const OVERRIDING = ['client-id', 'tenant-id', 'subscription-id'] as const satisfies readonly InputName[];

/** The field names of `az ad sp create-for-rbac` with `--json-auth` (formerly `--sdk-auth`), and without. */
const JSON_AUTH = { clientId: 'clientId', clientSecret: 'clientSecret', tenantId: 'tenantId' };
const PLAIN: typeof JSON_AUTH = { clientId: 'appId', clientSecret: 'password', tenantId: 'tenant' };

/** The fields of `az ad sp create-for-rbac --create-cert` instead of the secret, with `--json-auth` and without. */
const CERTIFICATE_FIELDS = ['clientCertificate', 'fileWithCertAndPrivateKey'];

export function readCreds(inputs: InputReader): Creds {
  if (!inputs.isSet('creds')) return { state: 'absent', ...EMPTY_CREDS };
  const overriding = OVERRIDING.filter((name) => inputs.isSet(name));
  if (overriding.length > 0) inputs.warning('credsIgnored', overriding);
  else if (inputs.choice('auth-type') === 'IDENTITY') inputs.warning('credsIgnoredByIdentity');
  else return readPrincipal(inputs);
  return { state: 'ignored', ...EMPTY_CREDS };
}

function readPrincipal(inputs: InputReader): Creds {
  const json = inputs.text('creds');
  const fields = asObject(parseJson(json));
  const has = (names: object): boolean => Object.values(names).some((name) => fields && Object.hasOwn(fields, name));
  const names = has(PLAIN) && !has(JSON_AUTH) ? PLAIN : JSON_AUTH;
  const missing = Object.values(names).filter((name) => field(fields, name) === '');
  const certificateField = CERTIFICATE_FIELDS.find((name) => field(fields, name) !== '');
  const clientSecret = field(fields, names.clientSecret);
  const certificate = describeCertificate(clientSecret);
  if (fields === undefined) {
    // An invalid input reads as empty, and is already reported.
    if (json !== '') inputs.error('credsNotAnObject', json);
  } else if (missing.length > 0 && certificateField !== undefined)
    inputs.error('credsWithCertificate', certificateField);
  else if (missing.length > 0) inputs.error('credsFieldsMissing', missing, fields, inputs.env);
  else if (certificate !== undefined) inputs.error('certificateInCreds', names.clientSecret, certificate);
  else
    return {
      state: 'read',
      clientId: canonicalId(field(fields, names.clientId).trim()),
      clientSecret,
      tenantId: canonicalId(field(fields, names.tenantId).trim()),
      subscriptionId: field(fields, 'subscriptionId').trim(),
      resourceManagerUrl: field(fields, 'resourceManagerEndpointUrl').trim(),
    };
  return { state: 'invalid', ...EMPTY_CREDS };
}

/** `''` for a blank field and for a value that is neither a string nor a number. azure/login accepts numbers too. */
function field(fields: JsonObject = {}, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : '';
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text : '';
}

/** By method, the alternative groups of inputs that contain its credential. */
const CREDENTIAL_INPUTS: Readonly<Record<Method, readonly (readonly InputName[])[]>> = {
  'client-secret': [['client-secret'], ['creds']],
  'client-certificate': [['client-certificate']],
  password: [['username', 'password']],
  'publish-settings': [['publish-settings']],
  'workload-identity': [['federated-token-file']],
  oidc: [],
  'managed-identity': [],
  'device-code': [],
};

/** The methods that `auth-type: SERVICE_PRINCIPAL` covers. */
const SERVICE_PRINCIPAL_METHODS: readonly (Method | undefined)[] = ['oidc', 'client-secret', 'client-certificate'];

/**
 * Chooses the method by the inputs alone, never by the environment: a job whose secrets are empty must not sign in with
 * the managed identity of its machine.
 * @returns `undefined` if the inputs are ambiguous or invalid, which is reported
 */
export function chooseMethod(inputs: InputReader, creds: Creds): Method | undefined {
  if (!inputs.isValid('auth-type')) return undefined;
  const authType = inputs.choice('auth-type');
  const isUsed = (name: InputName): boolean => inputs.isSet(name) && !(name === 'creds' && creds.state === 'ignored');
  const credentials = (Object.keys(CREDENTIAL_INPUTS) as Method[])
    .flatMap((method) => CREDENTIAL_INPUTS[method].map((names) => ({ method, names: names.filter(isUsed) })))
    .filter(({ names }) => names.length > 0);
  const [credential] = credentials;
  if (credentials.length > 1) {
    inputs.error(
      'severalCredentials',
      credentials.map(({ names }) => names),
    );
    return undefined;
  }
  if (authType === 'auto') return methodOfCredential(inputs, creds, credential?.method);
  const method = methodOfAuthType(authType, credential?.method);
  if (credential === undefined || credential.method === method) return method;
  inputs.error('credentialMismatch', authType, credential.method, credential.names);
  return undefined;
}

/** @param method of the only credential among the inputs */
function methodOfAuthType(authType: Exclude<ChoiceOf<'auth-type'>, 'auto'>, method: Method | undefined): Method {
  if (authType === 'IDENTITY') return 'managed-identity';
  if (authType !== 'SERVICE_PRINCIPAL') return authType;
  return method !== undefined && SERVICE_PRINCIPAL_METHODS.includes(method) ? method : 'oidc';
}

function methodOfCredential(inputs: InputReader, creds: Creds, method: Method = 'oidc'): Method | undefined {
  const isEmpty = !inputs.isSet('client-id') && !inputs.isSet('tenant-id') && creds.state === 'absent';
  if (method === 'workload-identity') inputs.error('unnamedWorkloadIdentity');
  else if (method === 'oidc' && isEmpty) inputs.error('noCredential', inputs.env);
  else return method;
  return undefined;
}

/** Reads and checks the inputs of the method. Without a method it checks only the form of the ids. */
export function readCredential(
  inputs: InputReader,
  method: Method | undefined,
  creds: Creds,
  cloud: CloudRequest,
): CredentialRequest | undefined {
  const clientId = (): string => checkedId('clientIdForm', inputs, '`client-id`', inputs.text('client-id'), cloud);
  const tenantId = (): string => checkedId('tenantIdForm', inputs, '`tenant-id`', inputs.text('tenant-id'), cloud);
  /** `organizations` stands for any tenant that has the user's account. */
  const userTenant = (): string => {
    const id = inputs.text('tenant-id').toLowerCase() || 'organizations';
    return isSpecificTenant(id) ? tenantId() : id;
  };
  const application = (by: Method, ...secret: InputName[]) => {
    checkRequired(inputs, by, creds, ['client-id', 'tenant-id', ...secret]);
    return { clientId: clientId(), tenantId: tenantId() };
  };
  switch (method) {
    case undefined:
      userTenant();
      clientId();
      return undefined;
    case 'oidc': {
      const audience = inputs.text('audience');
      return {
        method,
        ...application(method),
        ...(audience === '' ? {} : { audience }),
        ...(inputs.choice('auth-type') === 'oidc' ? { byName: true } : {}),
      };
    }
    case 'client-secret':
      if (creds.state === 'read' || creds.state === 'invalid') return readCredsCredential(inputs, creds, cloud);
      return { method, ...application(method, 'client-secret'), clientSecret: readClientSecret(inputs) };
    case 'client-certificate':
      return {
        method,
        ...application(method, 'client-certificate'),
        certificate: inputs.text(method),
        certificatePassword: inputs.text('client-certificate-password'),
        chain: inputs.flag('send-certificate-chain') ? 'send' : 'omit',
      };
    case 'managed-identity':
      return readManagedIdentity(inputs);
    case 'workload-identity':
      return readWorkloadIdentity(inputs, cloud);
    case 'password':
      checkRequired(inputs, method, creds, ['username', method]);
      return { method, username: inputs.text('username'), password: inputs.text(method), tenantId: userTenant() };
    case 'device-code':
      return { method, tenantId: userTenant() };
    case 'publish-settings':
      checkRequired(inputs, method, creds, [method]);
      return {
        method,
        publishSettings: inputs.text(method),
        afterImport: inputs.flag('delete-publish-settings') ? 'delete' : 'keep',
      };
  }
}

function checkRequired(inputs: InputReader, method: Method, creds: Creds, names: readonly InputName[]): void {
  const empty = names.filter((name) => !inputs.isSet(name));
  const ignored = creds.state === 'ignored' ? 'creds-ignored' : 'no-creds';
  if (empty.length > 0) inputs.error('emptyInputs', method, names, empty, ignored, inputs.env);
}

function readCredsCredential(inputs: InputReader, creds: Creds, cloud: CloudRequest): CredentialRequest {
  return {
    method: 'client-secret',
    clientId: checkedId('clientIdForm', inputs, 'The client id in `creds`', creds.clientId, cloud),
    tenantId: checkedId('tenantIdForm', inputs, 'The tenant id in `creds`', creds.tenantId, cloud),
    clientSecret: creds.clientSecret,
  };
}

/** Otherwise a certificate or JSON would be sent to Entra ID, which rejects it as a wrong secret. */
function readClientSecret(inputs: InputReader): string {
  const secret = inputs.text('client-secret');
  const certificate = describeCertificate(secret);
  if (certificate !== undefined) inputs.error('certificateAsSecret', certificate);
  else if (parseJsonObject(secret) !== undefined) inputs.error('jsonAsSecret');
  return secret;
}

function readManagedIdentity(inputs: InputReader): ManagedIdentityRequest {
  const method = 'managed-identity';
  const clientId = inputs.text('client-id');
  if (clientId !== '' && !isGuid(clientId)) inputs.error('managedIdentityForm', clientId);
  return { method, clientId: canonicalId(clientId) };
}

/**
 * The variables that the mutating webhook sets in a pod, by the input that overrides each.
 * Source: Azure/azure-workload-identity, "Mutating Admission Webhook".
 */
const POD_VARIABLES = {
  'client-id': 'AZURE_CLIENT_ID',
  'tenant-id': 'AZURE_TENANT_ID',
  'federated-token-file': 'AZURE_FEDERATED_TOKEN_FILE',
} as const;

type PodInput = keyof typeof POD_VARIABLES;

/** An empty input defaults to the pod's variable, which an earlier login of the job may have replaced. */
function readWorkloadIdentity(inputs: InputReader, cloud: CloudRequest): WorkloadIdentityRequest {
  const podValue = (input: PodInput): string => {
    const name = POD_VARIABLES[input];
    const value = inputs.env[name] ?? '';
    // The step may set what an earlier login exported, such as the same tenant, but never that login's own token file.
    const ofStep = dirname(value) === inputs.env['AZURE_CONFIG_DIR'] ? '' : value;
    return (valueWithoutLogins(name, inputs.env) || ofStep).trim();
  };
  const names = Object.keys(POD_VARIABLES) as PodInput[];
  const empty = names.filter((name) => !inputs.isSet(name) && podValue(name) === '');
  const variables = empty.map((name) => POD_VARIABLES[name]);
  if (empty.length > 0) inputs.error('emptyInPod', names, empty, variables);
  const nameOf = (input: PodInput): string =>
    inputs.isSet(input) ? `\`${input}\`` : `${POD_VARIABLES[input]} of the pod`;
  const textOf = (input: PodInput): string => (inputs.isSet(input) ? inputs.text(input) : podValue(input));
  const id = (input: PodInput, form: keyof typeof ID_FORMS): string =>
    checkedId(form, inputs, nameOf(input), textOf(input), cloud);
  return {
    method: 'workload-identity',
    tokenFile: checkedPath(inputs, nameOf('federated-token-file'), textOf('federated-token-file')),
    clientId: id('client-id', 'clientIdForm'),
    tenantId: id('tenant-id', 'tenantIdForm'),
  };
}

/** The allowed forms of an id besides a GUID, by the name of the error. */
const ID_FORMS = { clientIdForm: isUri, tenantIdForm: isDomain };

/**
 * Reports an id in the wrong form. A missing id is reported elsewhere. A private cloud may use AD FS, whose tenant is
 * `adfs` and whose client ids are free text.
 * @param name the id's name in messages
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
