import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { inputError, whySecretsAreEmpty } from '../../src/errors/inputs.ts';
import { DESCRIPTIONS } from '../../src/inputs/descriptions.ts';
import { combine, InputReader, isReported, type Reported } from '../../src/inputs/reader.ts';
import { OIDC, step } from './workflow-step.ts';

test('only a reported error stands in the place of a value', () => {
  const inputs = new InputReader(step({ ...OIDC, mode: 'asn' }));
  const mode: string | Reported = inputs.choice('mode');
  assert.ok(isReported(combine({ mode, flag: true }, (parts) => parts)));
  assert.match(inputError(inputs.errors).report, /^`mode` is 'asn'/);
  assert.deepEqual(
    combine({ id: inputs.value('client-id') }, ({ id }) => id.length),
    36,
  );
  // @ts-expect-error A value that is missing without an error does not compile.
  const missing: string | Reported = undefined;
  // @ts-expect-error Neither does an object that looks like one.
  const forged: Reported = { nominal: true };
  assert.ok(!isReported(missing) && !isReported(forged));
});

test('the first file of main holds no text that only a mistake or a reader of action.yml needs', () => {
  const main = readFileSync(new URL('../../dist/main/index.js', import.meta.url), 'utf8');
  for (const text of [...Object.values(DESCRIPTIONS), ...whySecretsAreEmpty({})]) {
    assert.ok(!main.includes(text), text);
  }
});
