import fc from 'fast-check';
import { secretsIn } from '../../src/inputs/secrets.ts';
import { INPUT_NAMES, INPUTS, type InputName } from '../../src/inputs/table.ts';
import { CLIENT, outcome, type RunnerOfStep, step, TENANT } from '../inputs/workflow-step.ts';
import { type Property, property, type Verdict } from './harness.ts';
import { damaged, guid, jsonText, plainSecret, secret, word } from './texts.ts';

const SECRET_INPUTS: readonly InputName[] = ['client-secret', 'client-certificate-password', 'password'];

/** Values that mean something, for any input. */
const meaningful = fc.oneof(
  guid,
  word,
  fc.constantFrom(
    'true',
    'false',
    'arm',
    'asm',
    'auto',
    'oidc',
    'AzureCloud',
    'AzureStack',
    'azure,terraform',
    'none',
    '300',
  ),
  fc.constantFrom(...INPUT_NAMES.flatMap((name) => valuesOf(name))),
  fc.constantFrom(
    'https://management.local.azurestack.external',
    'http://x',
    'https://x/y?z',
    '~/x',
    '${{ secrets.X }}',
    '/',
  ),
  damaged(fc.constantFrom('contoso.onmicrosoft.com', 'api://x', 'https://vault.azure.net/.default')),
);

function valuesOf(name: InputName): readonly string[] {
  const { value } = INPUTS[name];
  return value.kind === 'choice' || value.kind === 'list' ? value.values : [];
}

/** What a workflow that works would give. */
const sound = fc.constantFrom<Readonly<Record<string, string>>>(
  {},
  { 'client-id': CLIENT, 'tenant-id': TENANT },
  { 'client-id': CLIENT, 'tenant-id': TENANT, subscription: 'Production', environment: 'azurecloud' },
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

export const inputsProperty: Property = property('inputs', 20_000, inputs, ([base, plain, secrets]) => {
  const given = { ...base, ...plain, ...secrets };
  return parsed(given, Object.values(secrets));
});

const CREDS_KEYS = 'clientId clientSecret tenantId subscriptionId appId password tenant clientCertificate'.split(' ');

/** `creds` of every form, whole and broken, whose secret stands where somebody may have put it. */
const credsWith = (value: string): fc.Arbitrary<{ value: string; text: string }> =>
  fc.record({
    value: fc.constant(value),
    text: damaged(
      fc.oneof(
        fc
          .record(
            { clientId: guid, tenantId: guid, clientSecret: fc.constant(value), subscriptionId: guid },
            { requiredKeys: ['clientSecret'] },
          )
          .map((fields) => JSON.stringify(fields)),
        fc
          .record({ appId: guid, tenant: guid, password: fc.constant(value) })
          .map((fields) => JSON.stringify(fields, null, 2)),
        jsonText(CREDS_KEYS, fc.oneof(fc.constant(value), guid)),
        fc.constant(JSON.stringify(JSON.stringify({ clientSecret: value }))),
        fc.constant(`clientSecret: ${value}`),
      ),
    ),
  });

export const credsProperty: Property = property('creds', 15_000, secret.chain(credsWith), ({ value, text }) =>
  parsed({ creds: text }, [value]),
);

/** What was given by mistake: a secret in an input that is none. It must be masked where it may be one. */
const misplaced = fc.record({
  name: fc.constantFrom<InputName>('client-secret', 'creds', 'password', 'client-certificate', 'publish-settings'),
  text: damaged(
    secret.map(
      (value) => `{"clientSecret":"${value}","PWD=":"${value}"}\n<PublishData ManagementCertificate="${value}">`,
    ),
  ),
});

export const misplacedProperty: Property = property('misplaced secrets', 5000, misplaced, ({ name, text }) =>
  parsed({ [name]: text }, [...text.matchAll(/Zq7[0-9a-f]{16,}/g)].map(String)),
);

function parsed(given: Readonly<Record<string, string>>, secrets: readonly string[]): Verdict {
  const runner: RunnerOfStep = step(given);
  const masks = secretsIn(runner);
  if (masks.some((mask) => mask.trim() === '')) throw new Error('an empty mask');
  const { kind, warnings, ...rest } = outcome(runner);
  const report = 'error' in rest ? [rest.error.report] : [];
  return { outcome: kind, shown: [...report, ...warnings], secrets };
}

/** Every secret input is masked whole, or each of its lines is. */
export const masksProperty: Property = property(
  'masks',
  10_000,
  fc.tuple(fc.constantFrom(...SECRET_INPUTS), secret),
  ([name, value]) => {
    const masks = secretsIn(step({ [name]: value }));
    const trimmed = value.trim();
    const hidden = masks.reduce((text, mask) => text.replaceAll(mask, '***'), trimmed);
    if (/Zq7[0-9a-f]{8}/.test(hidden)) throw new Error(`not masked: ${JSON.stringify(value)}`);
    return { outcome: 'accepted', shown: [], secrets: [] };
  },
);

/**
 * A secret in a whole or broken `creds` is masked wherever it stands. One that JSON has to escape is masked as it is, not
 * as it is written there.
 */
export const credsMasksProperty: Property = property(
  'masks of creds',
  10_000,
  plainSecret.chain(credsWith),
  ({ text }) => {
    const masks = secretsIn(step({ creds: text }));
    const hidden = masks
      .toSorted((one, other) => other.length - one.length)
      .reduce((rest, mask) => rest.replaceAll(mask, '***'), asRead(text.trim()));
    if (/Zq7[0-9a-f]{12}/.test(hidden)) throw new Error(`not masked in: ${hidden}`);
    return { outcome: 'accepted', shown: [], secrets: [] };
  },
);

/** What is read of a text: a second member of the same name replaces the first. */
function asRead(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return text;
  }
}
