import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { cloudWarning, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { shellQuote } from '../../src/core/sanitize.ts';
import { stepsOf } from '../../src/core/session-error.ts';
import { FEDERATED_MISMATCHES, knownEntraError, type SignInFacts } from '../../src/errors/entra.ts';
import { ENTRA_ERRORS } from '../../src/errors/entra-codes.ts';
import { NEEDS } from '../needs.ts';
import { CLIENT, entraError, oidc, TENANT } from './messages.ts';

const APPLICATION_METHODS = ['oidc', 'workload-identity', 'client-secret', 'client-certificate'] as const;
const METHODS = [...APPLICATION_METHODS, 'password', 'device-code'] as const;
const CODES = ENTRA_ERRORS.flatMap(({ codes }) => codes);

function complete(method: (typeof METHODS)[number]): SignInFacts {
  return {
    method,
    clientId: CLIENT,
    tenantId: TENANT,
    username: 'ada@contoso.com',
    cloud: KNOWN_CLOUDS.AzureCloud,
    thumbprint: 'A1B2C3D4E5F60718293A4B5C6D7E8F9012345678',
    presented: oidc('repo:octo-org/octo-repo:environment:prod').presented,
  };
}

/** Placeholders for values that only the reader knows. */
const FOR_THE_READER =
  /CREDENTIAL_NAME|IDENTITY_NAME|RESOURCE_GROUP|RESOURCE_CLIENT_ID|tenant-id: TENANT_ID|AUDIENCE_OF_THE_CREDENTIAL/g;
const COMMAND = /^(?:az (?:ad|account|identity|role) [a-z-]+|curl --fail|date -u) ?/;
const SETTING = /^[a-z-]+: \S.*$/;

test('a text that lists the clouds includes every cloud that still exists', () => {
  const open = Object.values(KNOWN_CLOUDS).filter((cloud) => cloudWarning(cloud) === '');
  const lists = JSON.stringify(ENTRA_ERRORS).match(/\([^()]*`AzureUSGovernment`[^()]*\)/g) ?? [];
  assert.ok(lists.length > 0);
  for (const list of lists) for (const { name } of open) assert.ok(list.includes(`\`${name}\``), list);
});

suite('The table of Entra errors', () => {
  for (const code of CODES) {
    test(`${code} has a complete message for every method`, () => {
      assert.match(code, /^(?:[1-9]\d{4,6}|[a-z_]+)$/);
      for (const method of METHODS) {
        const isCode = /^\d/.test(code);
        const error = entraError(isCode ? code : '', 'Words.', complete(method), isCode ? 'invalid_client' : code);
        assert.ok(error.next.length > 0, `${method}: nothing to do`);
        assert.doesNotMatch(error.report, /undefined|null|\[object|NaN|\{\w+\}|\{\{/, method);
        assert.doesNotMatch(error.report.replaceAll(FOR_THE_READER, ''), /\b[A-Z]+_[A-Z_]+\b/, method);
        assert.ok(error.why.includes('Entra ID says: '), method);
        for (const { say, command, yaml } of error.next) {
          assert.match(say, /^[A-Z`].*[.:?]$|https:\S+$/, say);
          if (command !== undefined) assert.match(command, COMMAND);
          if (yaml !== undefined) assert.match(yaml, SETTING);
          assert.equal((command ?? yaml) !== undefined, say.endsWith(':') || say.endsWith('?'), say);
        }
      }
    });
  }

  test('has each code once', () => assert.deepEqual(CODES, [...new Set(CODES)]));

  test('restricts steps only to known methods and inputs', () => {
    const conditions = ENTRA_ERRORS.flatMap(({ steps }) => steps).flatMap((step) => /^\[(.*?)\]/.exec(step)?.[1] ?? []);
    assert.ok(conditions.length > 0);
    for (const word of conditions.flatMap((words) => words.split(' '))) {
      assert.ok([...METHODS, 'user', 'application', 'audience'].includes(word), word);
    }
  });

  test('has each code that a user of this action can get', () => {
    const needed = `700016 7000229 7000215 7000222 7000218 700024 700027 700030 50012 70021 700211 700212 700213
      7002138 7002381 700223 700238 70025 50034 50053 50055 50056 50057 50058 50059 50128
      50072 50074 50076 50079 50126 50158 50173 700082 70008 50196 53000 53001 53003 530003 530035 65001
      650057 90002 900023 90038 900382 900432 90033 90055 90014 900144 9002313 90013 500011 50001 70011 1002012 7000112
      16000 50020 9001023 90072 70016 70018 70019 70020 530036`;
    const missing = needed.split(/\s+/).filter((code) => !CODES.includes(code));
    assert.deepEqual(missing, []);
  });

  test('uses the OAuth error instead of the code only in the device code flow', () => {
    const response = { code: '70018', error: 'authorization_declined' };
    assert.match(knownEntraError(response, complete('device-code')).meaning, /was declined/);
    assert.match(knownEntraError(response, complete('password')).meaning, /is not the one that the log shows/);
  });

  test('does not match a code that only begins with the same digits', () => {
    assert.equal(knownEntraError({ code: '70002', error: '' }, complete('oidc')).group, 'secret');
    for (const code of ['7000', '7000213', '70021300', '5012', 'constructor', '']) {
      assert.equal(knownEntraError({ code, error: 'toString' }, complete('oidc')).group, 'unknown', code);
    }
  });

  test('has messages below 4,096 characters, where GitHub truncates an annotation', () => {
    const branch = 'feature/'.padEnd(120, 'x');
    const { presented } = oidc(`repo:an-organisation@1234567890/repository@1234567890:ref:refs/heads/${branch}`);
    for (const code of CODES) {
      const { report } = entraError(code, 'word '.repeat(100), { ...complete('oidc'), presented });
      assert.ok(report.length <= 4096, `${code}: ${report.length}`);
    }
  });
});

test('a command passes exactly the values, whatever they contain', { skip: NEEDS.shell }, () => {
  const presented = {
    issuer: "https://issuer.test/a'b",
    subject: 'repo:o/r:environment:it\'s $(id) \\ "prod"',
    audience: 'api://with blank',
  };
  const clientId = 'api://it\'s; $(touch /tmp/pwned) `id` "x"';
  const hostile = { ...complete('oidc'), clientId, username: "o'brien@contoso.com", presented };
  for (const code of FEDERATED_MISMATCHES) {
    const { steps } = knownEntraError({ code, error: 'invalid_request' }, hostile);
    const commands = stepsOf(steps).flatMap(({ command }) => command ?? []);
    assert.ok(commands.some((command) => command.startsWith('az ad app federated-credential create')));
    for (const command of commands) {
      const words = wordsOf(command);
      const option = (name: string): string | undefined => words[words.indexOf(name) + 1];
      if (words.includes('--id')) assert.equal(option('--id'), clientId);
      if (words.includes('--subject')) {
        const { issuer, subject, audience } = presented;
        assert.deepEqual(['--issuer', '--subject', '--audiences'].map(option), [issuer, subject, audience]);
        assert.match(option('--name') ?? '', /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/);
      }
      if (command.startsWith('az ad app federated-credential create')) {
        const { issuer, subject, audience } = presented;
        const name = 'github-o-r-environment-it-s-id-prod';
        assert.deepEqual(JSON.parse(option('--parameters') ?? ''), { name, issuer, subject, audiences: [audience] });
      }
    }
  }
});

test('an argument arrives at the program as it is', { skip: NEEDS.shell }, () => {
  const odd = '|it\'s|$(touch /tmp/x)|`id`|a b|"|\\|*|~|!x|;rm|&|#|ä|%41|-'.split('|');
  assert.deepEqual(wordsOf(`az ${odd.map(shellQuote).join(' ')}`), odd);
});

function wordsOf(command: string): readonly string[] {
  return execFileSync('sh', ['-c', `az() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}
