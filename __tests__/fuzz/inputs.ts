import fc from 'fast-check';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { INPUT_NAMES, type InputName, INPUTS as TABLE } from '../../src/inputs/table.ts';
import { CLIENT, outcome, step, TENANT } from '../inputs/workflow-step.ts';
import { type Property, property, type Verdict } from './harness.ts';
import { damaged, guid, jsonText, plainSecret, secret, word } from './texts.ts';

const SECRET_INPUTS: readonly InputName[] = ['client-secret', 'client-certificate-password', 'password'];

/** Values that mean something, for any input. */
const meaningful = fc.oneof(
  guid,
  word,
  fc.constantFrom(...'true false auto oidc AzureCloud AzureStack azure,terraform none 300'.split(' ')),
  fc.constantFrom(
    ...INPUT_NAMES.flatMap((name) => {
      const { value } = TABLE[name];
      return value.kind === 'choice' || value.kind === 'list' ? value.values : [];
    }),
  ),
  fc.constantFrom(
    'https://management.local.azurestack.external',
    'http://x',
    'https://x/y?z',
    '~/x',
    '${{ secrets.X }}',
  ),
  damaged(fc.constantFrom('contoso.onmicrosoft.com', 'api://x', 'https://vault.azure.net/.default')),
);

const IDS = { 'client-id': CLIENT, 'tenant-id': TENANT };
/** What a workflow that works would give. */
const sound = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { ...IDS, subscription: 'Production', environment: 'azurecloud' },
  { 'auth-type': 'managed-identity' },
  { 'auth-type': 'device-code', 'tenant-id': 'organizations' },
);

const inputs = fc.tuple(
  sound,
  fc.dictionary(fc.constantFrom(...INPUT_NAMES.filter((name) => !SECRET_INPUTS.includes(name))), meaningful, {
    maxKeys: 3,
  }),
  fc.dictionary(fc.constantFrom(...SECRET_INPUTS), secret, { maxKeys: 1 }),
);

const CREDS_KEYS = 'clientId clientSecret tenantId subscriptionId appId password tenant clientCertificate'.split(' ');

/** `creds` of every form, whose secret stands where somebody may have put it; as it should be, or broken. */
const creds = (value: string): fc.Arbitrary<string> => {
  const json = (fields: Record<string, fc.Arbitrary<string>>) =>
    fc.record(fields).map((found) => JSON.stringify(found));
  const own = fc.constant(value);
  const forms = fc.oneof(
    json({ clientId: guid, tenantId: guid, clientSecret: own }),
    json({ appId: guid, tenant: guid, password: own }),
    jsonText(CREDS_KEYS, fc.oneof(own, guid)),
    fc.constantFrom(JSON.stringify(JSON.stringify({ clientSecret: value })), `clientSecret: ${value}`),
    fc.constant(`{"clientSecret":"${value}"}\n<PublishData ManagementCertificate="${value}">`),
  );
  return damaged(forms);
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
  // A secret that JSON has to escape is masked as it is, not as it is written there.
  property('creds', 20_000, credentials, ({ value, text }) => {
    if (/^Zq7\w+$/.test(value)) assertMasked(asRead(text.trim()), secretsIn(step({ creds: text })));
    return parsed({ creds: text }, [value]);
  }),
  property('misplaced secrets', 10_000, credentials, ({ text, misplaced }) =>
    parsed({ [misplaced]: text }, text.match(/Zq7[0-9a-f]{16,}/g) ?? []),
  ),
];

function parsed(given: Readonly<Record<string, string>>, secrets: readonly string[]): Verdict {
  const runner = step(given);
  if (secretsIn(runner).some((mask) => mask.trim() === '')) throw new Error('an empty mask');
  const result = outcome(runner);
  return result.kind === 'accepted'
    ? { outcome: 'accepted', shown: result.warnings, secrets }
    : { outcome: 'refused', shown: [result.error.report, ...result.warnings], secrets };
}

/** A secret is masked whole, or each of its lines is. */
function assertMasked(text: string, masks: readonly string[]): void {
  const longestFirst = masks.toSorted((one, other) => other.length - one.length);
  const hidden = longestFirst.reduce((rest, mask) => rest.replaceAll(mask, '***'), text);
  if (/Zq7[0-9a-f]{12}/.test(hidden)) throw new Error(`not masked in: ${hidden}`);
}

/** What is read of a text: a second member of the same name replaces the first. */
function asRead(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return text;
  }
}
