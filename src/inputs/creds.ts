import { canonicalId } from '../core/forms.ts';
import { asObject, type JsonObject, parseJson } from '../core/json.ts';
import { certificateIn } from '../core/key-material.ts';
import type { InputReader } from './reader.ts';
import type { InputName } from './table.ts';

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
const SHAPES = {
  'json-auth': { clientId: 'clientId', clientSecret: 'clientSecret', tenantId: 'tenantId' },
  plain: { clientId: 'appId', clientSecret: 'password', tenantId: 'tenant' },
} as const;

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
  const names = isPlain(fields ?? {}) ? SHAPES.plain : SHAPES['json-auth'];
  if (json === '' || !checkFields(inputs, json, fields, names)) return { state: 'unusable', ...NO_PRINCIPAL };
  return {
    state: 'read',
    clientId: canonicalId(field(fields, names.clientId).trim()),
    clientSecret: field(fields, names.clientSecret),
    tenantId: canonicalId(field(fields, names.tenantId).trim()),
    subscriptionId: field(fields, 'subscriptionId').trim(),
    resourceManagerUrl: field(fields, 'resourceManagerEndpointUrl').trim(),
  };
}

/** @returns whether it is a principal with a secret */
function checkFields(
  inputs: InputReader,
  json: string,
  fields: JsonObject | undefined,
  names: (typeof SHAPES)[keyof typeof SHAPES],
): fields is JsonObject {
  const missing = Object.values(names).filter((name) => field(fields, name) === '');
  const file = CERTIFICATE_FIELDS.find((name) => field(fields, name) !== '');
  const pasted = certificateIn(field(fields, names.clientSecret));
  if (fields === undefined) inputs.error('credsNoObject', json);
  else if (missing.length > 0 && file !== undefined) inputs.error('credsOfCertificate', file);
  else if (missing.length > 0) inputs.error('credsLacks', missing, fields, inputs.env);
  else if (pasted !== undefined) inputs.error('certificateInCreds', names.clientSecret, pasted);
  else return true;
  return false;
}

/** Whether the JSON is that of `create-for-rbac` without `--json-auth`: one of its names is there, and none of the other's. */
function isPlain(fields: JsonObject): boolean {
  const some = (names: object): boolean => Object.values(names).some((name) => Object.hasOwn(fields, name));
  return some(SHAPES.plain) && !some(SHAPES['json-auth']);
}

/** A field's text, `''` when it is blank or no text. A number counts as text, as it does at azure/login. */
function field(fields: JsonObject = {}, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : '';
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text : '';
}
