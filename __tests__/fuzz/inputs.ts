import fc from 'fast-check';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { INPUT_NAMES, type InputName, INPUTS as TABLE } from '../../src/inputs/table.ts';
import { CLIENT, outcome, step, TENANT } from '../inputs/workflow-step.ts';
import { type Property, property, type Verdict } from './harness.ts';
import { damaged, guid, jsonText, plainSecret, secret, word } from './texts.ts';

const SECRET_INPUTS: readonly InputName[] = ['client-secret', 'client-certificate-password', 'password'];
const OTHER_INPUTS = INPUT_NAMES.filter((name) => !SECRET_INPUTS.includes(name));
const CHOICES = INPUT_NAMES.flatMap((name) => {
  const { value } = TABLE[name];
  return value.kind === 'choice' || value.kind === 'list' ? value.values : [];
});
const URLS = ['https://management.local.azurestack.external', 'http://x', 'https://x/y?z', '~/x', '${{ secrets.X }}'];

/** Values that are valid for some input, or nearly. */
const plausible = fc.oneof(
  guid,
  word,
  fc.constantFrom(...'true false auto oidc AzureCloud AzureStack azure,terraform none 300'.split(' ')),
  fc.constantFrom(...CHOICES),
  fc.constantFrom(...URLS),
  damaged(fc.constantFrom('contoso.onmicrosoft.com', 'api://x', 'https://vault.azure.net/.default')),
);

const IDS = { 'client-id': CLIENT, 'tenant-id': TENANT };
const valid = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { ...IDS, subscription: 'Production', environment: 'azurecloud' },
  { 'auth-type': 'managed-identity' },
  { 'auth-type': 'device-code', 'tenant-id': 'organizations' },
);

const inputs = fc.tuple(
  valid,
  fc.dictionary(fc.constantFrom(...OTHER_INPUTS), plausible, { maxKeys: 3 }),
  fc.dictionary(fc.constantFrom(...SECRET_INPUTS), secret, { maxKeys: 1 }),
);

const CREDS_KEYS = 'clientId clientSecret tenantId subscriptionId appId password tenant clientCertificate'.split(' ');

/** `creds` in each format, intact or damaged, with a secret in its field or elsewhere. */
const creds = (value: string): fc.Arbitrary<string> => {
  const json = (fields: Record<string, fc.Arbitrary<string>>) =>
    fc.record(fields).map((object) => JSON.stringify(object));
  const constant = fc.constant(value);
  return damaged(
    fc.oneof(
      json({ clientId: guid, tenantId: guid, clientSecret: constant }),
      json({ appId: guid, tenant: guid, password: constant }),
      jsonText(CREDS_KEYS, fc.oneof(constant, guid)),
      fc.constantFrom(JSON.stringify(JSON.stringify({ clientSecret: value })), `clientSecret: ${value}`),
      fc.constant(`{"clientSecret":"${value}"}\n<PublishData ManagementCertificate="${value}">`),
    ),
  );
};

const SECRETS: readonly InputName[] = ['client-secret', 'creds', 'password', 'client-certificate', 'publish-settings'];
const credentials = fc
  .oneof(secret, plainSecret)
  .chain((value) =>
    fc.record({ value: fc.constant(value), text: creds(value), misplaced: fc.constantFrom(...SECRETS) }),
  );

export const INPUTS: readonly Property[] = [
  property('inputs', 20_000, inputs, ([base, plain, secrets]) => {
    for (const value of Object.values(secrets)) assertMasked(value.trim(), secretsIn(step(secrets)));
    return parsed({ ...base, ...plain, ...secrets }, Object.values(secrets));
  }),
  // Only secrets without escapes: the mask is the parsed value, which differs from its JSON.
  property('creds', 20_000, credentials, ({ value, text }) => {
    if (/^Zq7\w+$/.test(value)) assertMasked(reparsed(text.trim()), secretsIn(step({ creds: text })));
    return parsed({ creds: text }, [value]);
  }),
  property('misplaced secrets', 10_000, credentials, ({ text, misplaced }) =>
    parsed({ [misplaced]: text }, text.match(/Zq7[0-9a-f]{16,}/g) ?? []),
  ),
];

function parsed(values: Readonly<Record<string, string>>, secrets: readonly string[]): Verdict {
  const runner = step(values);
  if (secretsIn(runner).some((mask) => mask.trim() === '')) throw new Error('an empty mask');
  const result = outcome(runner);
  if (result.kind === 'accepted') return { outcome: 'accepted', shown: result.warnings, secrets };
  return { outcome: 'refused', shown: [result.error.report, ...result.warnings], secrets };
}

/** @throws {Error} unless the masks hide the whole secret, or each of its lines */
function assertMasked(text: string, masks: readonly string[]): void {
  const longestFirst = masks.toSorted((one, other) => other.length - one.length);
  const hidden = longestFirst.reduce((rest, mask) => rest.replaceAll(mask, '***'), text);
  if (/Zq7[0-9a-f]{12}/.test(hidden)) throw new Error(`not masked in: ${hidden}`);
}

/** The text that a JSON parser sees: of members with the same name, only the last. */
function reparsed(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return text;
  }
}
