import { canonicalId } from '../core/forms.ts';
import { asObject, type JsonObject, parseJson } from '../core/json.ts';
import { certificateIn } from '../core/key-material.ts';
import { type InputReader, isReported, type Reported } from './reader.ts';
import type { InputName } from './table.ts';

/** What became of the `creds` input. */
export type Creds =
  | { readonly kind: 'absent' }
  /** Left aside as azure/login leaves it aside: a warning says so. */
  | { readonly kind: 'ignored' }
  | { readonly kind: 'unusable'; readonly principal: Reported }
  | { readonly kind: 'read'; readonly principal: CredsPrincipal };

/** The service principal of a `creds` JSON. Optional fields are `''` when the JSON lacks them. */
interface CredsPrincipal {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tenantId: string;
  readonly subscriptionId: string;
  readonly resourceManagerUrl: string;
}

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
  if (!inputs.given('creds')) return { kind: 'absent' };
  const overriding = OVERRIDING.filter((name) => inputs.given(name));
  if (overriding.length > 0) {
    inputs.warning('credsIgnored', overriding);
    return { kind: 'ignored' };
  }
  if (inputs.choice('auth-type') === 'IDENTITY') {
    inputs.warning('credsIgnoredByIdentity');
    return { kind: 'ignored' };
  }
  const principal = readPrincipal(inputs);
  return isReported(principal) ? { kind: 'unusable', principal } : { kind: 'read', principal };
}

function readPrincipal(inputs: InputReader): CredsPrincipal | Reported {
  const json = inputs.value('creds');
  if (isReported(json)) return json;
  const fields = asObject(parseJson(json));
  if (fields === undefined) return inputs.error('credsNoObject', json);
  const names = isPlain(fields) ? SHAPES.plain : SHAPES['json-auth'];
  const missing = Object.values(names).filter((name) => field(fields, name) === '');
  if (missing.length > 0) {
    const certificate = CERTIFICATE_FIELDS.find((name) => field(fields, name) !== '');
    return certificate === undefined
      ? inputs.error('credsLacks', missing, fields, inputs.env)
      : inputs.error('credsOfCertificate', certificate);
  }
  const certificate = certificateIn(field(fields, names.clientSecret));
  if (certificate !== undefined) return inputs.error('certificateInCreds', names.clientSecret, certificate);
  return {
    clientId: canonicalId(field(fields, names.clientId).trim()),
    clientSecret: field(fields, names.clientSecret),
    tenantId: canonicalId(field(fields, names.tenantId).trim()),
    subscriptionId: canonicalId(field(fields, 'subscriptionId').trim()),
    resourceManagerUrl: field(fields, 'resourceManagerEndpointUrl').trim(),
  };
}

/** Whether the JSON is that of `create-for-rbac` without `--json-auth`: one of its names is there, and none of the other's. */
function isPlain(fields: JsonObject): boolean {
  const some = (names: object): boolean => Object.values(names).some((name) => Object.hasOwn(fields, name));
  return some(SHAPES.plain) && !some(SHAPES['json-auth']);
}

/** A field's text, `''` when it is blank or no text. A number counts as text, as it does at azure/login. */
function field(fields: JsonObject, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : '';
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text.trim() !== '' ? text : '';
}
