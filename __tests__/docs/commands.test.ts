import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { documentedSteps } from '../../scripts/troubleshooting.ts';
import type { FederatedCredential } from '../../simulator/directory.ts';
import { ROOT } from '../../simulator/job.ts';
import { EXAMPLES, readExample } from '../examples/repository.ts';
import { NEEDS } from '../needs.ts';
import { AZ_COMMANDS, commandError } from './az-commands.ts';
import { type Block, blocksIn, PAGES, pageNamed } from './pages.ts';
import { runSnippet } from './runs.ts';
import { type Call, STAND_INS, Terminal } from './shell.ts';

/** Variables and files that readers already have. */
const VARIABLES = { APP_ID: 'APP_ID', PREFIX: 'repo:octo-org@65/octo-repo@74' };
const FILES = ['FILE.publishsettings', 'cert.pem', 'cert.pfx', 'key', 'key.pem', 'old.pfx'];

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
const messageCommands = [...new Set(documentedSteps().flatMap(({ command }) => command ?? []))];

suite('Every command on the pages and in the messages', { concurrency: 4, skip: NEEDS.shell }, () => {
  for (const block of [...blocksIn(['sh', 'bash']), ...messageCommands.map((text) => ({ place: text, text }))]) {
    test(block.place, async () => {
      using terminal = new Terminal([...STAND_INS, 'openssl']);
      for (const file of FILES) terminal.write(file);
      for (const folder of ['FOLDER', 'docs', '__tests__/errors', '__tests__/inputs']) {
        mkdirSync(join(terminal.folder, folder), { recursive: true });
      }
      const { code, log } = await terminal.run(block.text, VARIABLES);
      assert.equal(code, 0, log);
      for (const call of terminal.calls) assertKnown(call);
    });
  }
});

function assertKnown({ program, args }: Call): void {
  const [first = '', second = ''] = args;
  switch (program) {
    case 'az':
      assert.equal(commandError(args), '');
      return;
    case 'npm':
      if (first !== 'ci') assert.ok((first === 'run' ? second : first) in scripts, `npm ${args.join(' ')}`);
      return;
    case 'npx':
    case 'node': {
      const script = args.find((argument) => argument.endsWith('.ts')) ?? '';
      assert.ok(existsSync(join(ROOT, script)) && script !== '', `${program} ${args.join(' ')}`);
    }
  }
}

suite('az', () => {
  test('has the commands in the text', () => {
    for (const { name, codes } of PAGES) {
      for (const code of codes.filter((text) => /^az [a-z]/.test(text))) {
        assert.equal(commandError(code.split(' ').slice(1)), '', `${name}: ${code}`);
      }
    }
  });

  test('has no unused command in the table', async () => {
    const texts = [...PAGES.map(({ text }) => text), ...readdirSync(EXAMPLES).map(readExample), ...messageCommands];
    const text = texts.join('\n');
    for (const command of Object.keys(AZ_COMMANDS)) assert.ok(text.includes(`az ${command}`), command);
  });
});

const SIGN_IN = 'docs/sign-in.md';

suite('A quick start', { skip: NEEDS.shell }, () => {
  for (const form of ['ids', 'names'] as const) {
    test(`the commands set up what the workflow needs, if subjects contain ${form}`, async () => {
      const workflow = block('README.md', 'yaml', 'Azure Session');
      const commands = block('README.md', 'sh', 'Quick start');
      using terminal = new Terminal(STAND_INS, {
        '--query appId': CONTOSO.clientId,
        '--query tenantId': CONTOSO.tenantId,
        'account show --query id': CONTOSO.subscriptionId,
        'sp create': CONTOSO.principalId,
        'customization/sub': form === 'ids' ? 'repo:octo-org@65/octo-repo@74' : '',
        nameWithOwner: 'octo-org/octo-repo',
      });
      assert.equal((await terminal.run(commands.text)).code, 0);
      const { calls } = terminal;
      const variables = calls.filter(({ args: [first] }) => first === 'variable');
      const vars = Object.fromEntries(variables.map(({ args: [, , name = '', , value = ''] }) => [name, value]));
      assert.deepEqual(vars, {
        AZURE_CLIENT_ID: CONTOSO.clientId,
        AZURE_TENANT_ID: CONTOSO.tenantId,
        AZURE_SUBSCRIPTION_ID: CONTOSO.subscriptionId,
      });
      assert.equal(optionOf(calls, 'assignment', '--scope'), `/subscriptions/${CONTOSO.subscriptionId}`);
      assert.equal(optionOf(calls, 'assignment', '--assignee-object-id'), CONTOSO.principalId);

      const credential = JSON.parse(optionOf(calls, 'federated-credential', '--parameters')) as FederatedCredential;
      await using run = await runSnippet(workflow, {
        vars,
        prepare: ({ contoso: { application }, simulator }) => {
          simulator.github.subjectForm = form;
          application.federatedCredentials.splice(0, 1, credential);
        },
      });
      assert.equal(run.report.result, 'success', run.report.jobs[0]?.log);
    });
  }

  test('OpenID Connect: a job signs in with the credential that the commands add to a managed identity', async () => {
    const [workflow, commands] = [block('README.md', 'yaml', 'Azure Session'), block(SIGN_IN, 'sh', 'OpenID Connect')];
    using terminal = new Terminal(STAND_INS);
    const { code, log } = await terminal.run(commands.text, VARIABLES);
    assert.equal(code, 0, log);
    const option = (name: string) => optionOf(terminal.calls, 'federated-credential', name);
    const [name, issuer, subject] = [option('--name'), option('--issuer'), option('--subject')];
    const credential = { name, issuer, subject, audiences: [option('--audiences')] };
    await using run = await runSnippet(workflow, {
      prepare: ({ contoso: { application } }) => application.federatedCredentials.splice(0, 1, credential),
    });
    assert.equal(run.report.result, 'success', run.report.jobs[0]?.log);
  });

  test('Certificate: a job signs in with the certificate that the commands create', async () => {
    const [workflow, commands] = [block(SIGN_IN, 'yaml', 'Certificate'), block(SIGN_IN, 'sh', 'Certificate')];
    using terminal = new Terminal(STAND_INS);
    const { code, log } = await terminal.run(commands.text, VARIABLES);
    assert.equal(code, 0, log);
    assert.equal(existsSync(join(terminal.folder, 'key.pem')), false);
    const { calls } = terminal;
    const [, file = ''] = /^@(.*)$/.exec(optionOf(calls, 'credential', '--cert')) ?? [];
    const secret = calls.find(({ program }) => program === 'gh');
    assert.deepEqual(secret?.args, ['secret', 'set', 'AZURE_CLIENT_CERTIFICATE']);

    await using run = await runSnippet(workflow, {
      secrets: () => ({ AZURE_CLIENT_CERTIFICATE: secret?.input ?? '', AZURE_CLIENT_CERTIFICATE_PASSWORD: '' }),
      prepare: ({ contoso: { application } }) => application.certificates.splice(0, 1, terminal.read(file)),
    });
    assert.equal(run.report.result, 'success', run.report.jobs[0]?.log);
  });
});

/** The ids of the simulated company. */
const CONTOSO = {
  clientId: '22222222-2222-4222-8222-222222222222',
  tenantId: '11111111-1111-4111-8111-111111111111',
  principalId: '33333333-3333-4333-8333-333333333333',
  subscriptionId: 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa',
};

function block(page: string, language: string, heading: string): Block {
  const blocks = blocksIn([language], [pageNamed(page)]);
  return blocks.find((candidate) => candidate.heading === heading) ?? assert.fail(`${page}: ${heading}`);
}

/** The value of an option in the only call of `az` with this word. */
function optionOf(calls: readonly Call[], word: string, option: string): string {
  const found = calls.filter(({ program, args }) => program === 'az' && args.includes(word));
  const [{ args } = assert.fail(word), ...others] = found;
  assert.deepEqual(others, []);
  return args[args.indexOf(option) + 1] ?? assert.fail(option);
}
