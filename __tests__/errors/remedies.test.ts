import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { cloudWarning, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { Method } from '../../src/core/request.ts';
import { stepsOf } from '../../src/core/session-error.ts';
import { FEDERATED_MISMATCHES, knownEntraError, type SignInFacts } from '../../src/errors/entra.ts';
import { ENTRA_ERRORS } from '../../src/errors/entra-codes.ts';
import { NEEDS } from '../needs.ts';
import { CLIENT, refused, TENANT } from './messages.ts';

const METHODS: readonly Method[] = [
  'oidc',
  'workload-identity',
  'client-secret',
  'client-certificate',
  'password',
  'device-code',
];

function complete(method: Method): SignInFacts {
  return {
    method,
    clientId: CLIENT,
    tenantId: TENANT,
    username: 'ada@contoso.com',
    cloud: KNOWN_CLOUDS.AzureCloud,
    thumbprint: 'A1B2C3D4E5F60718293A4B5C6D7E8F9012345678',
    presented: {
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'repo:octo-org/octo-repo:environment:prod',
      audience: 'api://AzureADTokenExchange',
    },
  };
}

/** Words in capitals that a reader has to replace because nobody else knows them. */
const LEFT_TO_THE_READER =
  /CREDENTIAL_NAME|IDENTITY_NAME|RESOURCE_GROUP|RESOURCE_CLIENT_ID|tenant-id: TENANT_ID|AUDIENCE_OF_THE_CREDENTIAL/g;

const COMMAND = /^(?:az (?:ad|account|identity|role) [a-z-]+|curl --fail|date -u) ?/;
const SETTING = /^[a-z-]+: \S.*$/;

test('a text that lists the clouds names each that is open', () => {
  const open = Object.values(KNOWN_CLOUDS).filter((cloud) => cloudWarning(cloud) === '');
  const lists = JSON.stringify(ENTRA_ERRORS).match(/\([^()]*`AzureUSGovernment`[^()]*\)/g) ?? [];
  assert.ok(lists.length > 0);
  for (const list of lists) for (const { name } of open) assert.ok(list.includes(`\`${name}\``), list);
});

suite('Every code of the table', () => {
  for (const { codes } of ENTRA_ERRORS) {
    for (const code of codes) {
      test(`${code} gives a message that is whole`, () => {
        for (const method of METHODS) {
          const isCode = /^\d/.test(code);
          const error = refused(isCode ? code : '', 'Words.', complete(method), isCode ? 'invalid_client' : code);
          const text = error.report;
          assert.ok(error.next.length > 0, `${method}: nothing to do`);
          assert.doesNotMatch(text, /undefined|null|\[object|NaN|\{\w+\}|\{\{/, method);
          assert.doesNotMatch(text.replaceAll(LEFT_TO_THE_READER, ''), /\b[A-Z]+_[A-Z_]+\b/, method);
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
  }

  test('appears once', () => {
    const codes = ENTRA_ERRORS.flatMap(({ codes }) => codes);
    assert.deepEqual(
      codes.filter((code, index) => codes.indexOf(code) !== index),
      [],
    );
  });

  test('has steps for methods and inputs that there are', () => {
    const conditions = ENTRA_ERRORS.flatMap(({ steps }) => steps).flatMap((step) => /^\[(.*?)\]/.exec(step)?.[1] ?? []);
    assert.ok(conditions.length > 0);
    for (const word of conditions.flatMap((words) => words.split(' '))) {
      assert.ok([...METHODS, 'user', 'application', 'audience'].includes(word), word);
    }
  });

  test('is a whole code, or an error word of OAuth', () => {
    for (const code of ENTRA_ERRORS.flatMap(({ codes }) => codes)) assert.match(code, /^(?:[1-9]\d{4,6}|[a-z_]+)$/);
  });

  test('is there for each that a user of this action can meet', () => {
    const needed = `700016 7000229 7000215 7000222 7000218 700024 700027 700030 50012 70021 700211 700212 700213
      7002138 7002381 700223 700238 70025 50034 50053 50055 50056 50057 50058 50059 50128
      50072 50074 50076 50079 50126 50158 50173 700082 70008 50196 53000 53001 53003 530003 530035 65001
      650057 90002 900023 90038 900382 900432 90033 90055 90014 900144 9002313 90013 500011 50001 70011 1002012 7000112
      16000 50020 9001023 90072 70016 70018 70019 70020 530036`;
    const known = new Set(ENTRA_ERRORS.flatMap(({ codes }) => codes));
    assert.deepEqual(
      needed.split(/\s+/).filter((code) => !known.has(code)),
      [],
    );
  });
});

suite('A command', () => {
  const hostile: SignInFacts = {
    ...complete('oidc'),
    clientId: 'api://it\'s; $(touch /tmp/pwned) `id` "x"',
    username: "o'brien@contoso.com",
    presented: {
      issuer: "https://issuer.test/a'b",
      subject: 'repo:o/r:environment:it\'s $(id) \\ "prod"',
      audience: 'api://with blank',
    },
  };

  test('reaches its program with exactly the values, whatever they hold', {
    skip: NEEDS.shell,
  }, () => {
    for (const code of FEDERATED_MISMATCHES) {
      const { steps } = knownEntraError({ code, error: 'invalid_request' }, hostile);
      const commands = stepsOf(steps).flatMap(({ command }) => command ?? []);
      assert.ok(commands.some((command) => command.startsWith('az ad app federated-credential create')));
      for (const command of commands) {
        const words = split(command);
        const after = (option: string): string | undefined => words[words.indexOf(option) + 1];
        if (words.includes('--id')) assert.equal(after('--id'), hostile.clientId);
        if (words.includes('--subject')) {
          assert.equal(after('--subject'), hostile.presented?.subject);
          assert.equal(after('--issuer'), hostile.presented?.issuer);
          assert.equal(after('--audiences'), hostile.presented?.audience);
          assert.match(after('--name') ?? '', /^[A-Za-z0-9][A-Za-z0-9_-]{2,119}$/);
        }
        if (command.startsWith('az ad app federated-credential create')) {
          assert.deepEqual(JSON.parse(after('--parameters') ?? ''), {
            name: 'github-o-r-environment-it-s-id-prod',
            issuer: hostile.presented?.issuer,
            subject: hostile.presented?.subject,
            audiences: [hostile.presented?.audience],
          });
        }
      }
    }
  });

  function split(command: string): readonly string[] {
    return execFileSync('sh', ['-c', `az() { printf '%s\\0' "$@"; }; ${command}`], { encoding: 'utf8' })
      .split('\0')
      .slice(0, -1);
  }
});

suite('A step of remediation', () => {
  test('of the device code flow goes by the OAuth error, and by the code elsewhere', () => {
    const refusal = { code: '70018', error: 'authorization_declined' };
    assert.match(knownEntraError(refusal, complete('device-code')).meaning, /was declined/);
    assert.match(knownEntraError(refusal, complete('password')).meaning, /is not the one that the log shows/);
  });

  test('never comes from a code that only begins like another', () => {
    assert.equal(knownEntraError({ code: '70002', error: '' }, complete('oidc')).group, 'secret');
    for (const code of ['7000', '7000213', '70021300', '5012', 'constructor', '']) {
      assert.equal(knownEntraError({ code, error: 'toString' }, complete('oidc')).group, 'unknown', code);
    }
  });

  test('stays within an annotation, which GitHub cuts at 4,096 characters', () => {
    const branch = 'feature/'.padEnd(120, 'x');
    const facts = {
      ...complete('oidc'),
      presented: {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: `repo:organisation-with-a-long-name@1234567890/repository@1234567890:ref:refs/heads/${branch}`,
        audience: 'api://AzureADTokenExchange',
      },
    };
    for (const { codes } of ENTRA_ERRORS) {
      for (const code of codes) {
        const { report } = refused(code, 'word '.repeat(100), facts);
        assert.ok(report.length <= 4096, `${code}: ${report.length}`);
      }
    }
  });
});
