import { certificateIn, GIVE_CERTIFICATE } from './certificate-in-secret.ts';
import type { InputContext } from './context.ts';
import { credsMistake, STORE_WHOLE } from './creds-mistakes.ts';
import { whySecretsAreEmpty } from './empty-secrets.ts';
import { canonicalId } from './forms.ts';
import { isJsonObject, type JsonObject, jsonValue } from './json.ts';
import type { InputName } from './table.ts';
import { codeList } from './wording.ts';

/** What became of the `creds` input. */
export type Creds =
  | { readonly kind: 'absent' }
  /** Left aside as azure/login leaves it aside, or unusable: a warning or a problem says so. */
  | { readonly kind: 'ignored' | 'unusable' }
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

const EXPECTED =
  'It must be the JSON that `az ad sp create-for-rbac` prints, with `clientId`, `clientSecret`, `tenantId` and `subscriptionId`, or with `appId`, `password` and `tenant`.';

export function readCreds(context: InputContext): Creds {
  const { inputs, findings } = context;
  if (!inputs.given('creds')) return { kind: 'absent' };
  const overriding = OVERRIDING.filter((name) => inputs.given(name));
  if (overriding.length > 0) {
    findings.warning(
      `\`creds\` is ignored, because ${codeList(overriding)} ${overriding.length === 1 ? 'is' : 'are'} given too. It is the same at azure/login.`,
    );
    return { kind: 'ignored' };
  }
  if (inputs.choice('auth-type') === 'IDENTITY') {
    findings.warning('`creds` is ignored with `auth-type: IDENTITY`. It is the same at azure/login.');
    return { kind: 'ignored' };
  }
  if (inputs.garbled('creds')) return { kind: 'unusable' };
  const principal = parseCreds(context, inputs.text('creds'));
  return principal === undefined ? { kind: 'unusable' } : { kind: 'read', principal };
}

function parseCreds(context: InputContext, json: string): CredsPrincipal | undefined {
  const { findings } = context;
  const fields = jsonValue(json);
  if (!isJsonObject(fields)) {
    const otherwise = fields === undefined ? 'not valid JSON' : 'JSON, but not an object';
    const { is, write } = credsMistake(json, fields) ?? { is: otherwise, write: STORE_WHOLE };
    findings.problem(`\`creds\` is ${is}. ${EXPECTED}`, write);
    return undefined;
  }
  const names = isPlain(fields) ? SHAPES.plain : SHAPES['json-auth'];
  const missing = Object.values(names).filter((name) => field(fields, name) === '');
  if (missing.length > 0) {
    reportMissing(context, fields, missing);
    return undefined;
  }
  const certificate = certificateIn(field(fields, names.clientSecret));
  if (certificate !== undefined) {
    findings.problem(
      `\`${names.clientSecret}\` in \`creds\` holds ${certificate}, not a client secret.`,
      GIVE_CERTIFICATE,
    );
    return undefined;
  }
  return {
    clientId: canonicalId(field(fields, names.clientId).trim()),
    clientSecret: field(fields, names.clientSecret),
    tenantId: canonicalId(field(fields, names.tenantId).trim()),
    subscriptionId: canonicalId(field(fields, 'subscriptionId').trim()),
    resourceManagerUrl: field(fields, 'resourceManagerEndpointUrl').trim(),
  };
}

function reportMissing({ findings, env }: InputContext, fields: JsonObject, missing: readonly string[]): void {
  const certificate = CERTIFICATE_FIELDS.find((name) => field(fields, name) !== '');
  if (certificate !== undefined) {
    findings.problem(
      `\`creds\` names a certificate, \`${certificate}\`, instead of a client secret.`,
      GIVE_CERTIFICATE,
    );
    return;
  }
  const present = new Set(Object.keys(fields).map((name) => name.toLowerCase()));
  const blank = missing.some((name) => typeof fields[name] === 'string');
  const misspelt = missing.some((name) => !Object.hasOwn(fields, name) && present.has(name.toLowerCase()));
  findings.problem(
    `\`creds\` lacks ${codeList(missing)}.${misspelt ? ' The letter case of the names counts.' : ''} ${EXPECTED}`,
    ...(blank ? whySecretsAreEmpty(env) : []),
  );
}

/** What `az ad sp create-for-rbac --create-cert` prints in place of the secret, with `--json-auth` and without. */
const CERTIFICATE_FIELDS = ['clientCertificate', 'fileWithCertAndPrivateKey'];

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
