import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { OUTPUTS } from '../../scripts/descriptions.ts';
import { ROOT } from '../../simulator/job.ts';
import {
  environmentOf,
  type Permissions,
  readWorkflow,
  type StepsJob,
  type UsesStep,
  type Workflow,
} from '../../simulator/workflow/workflow.ts';
import { INPUTS } from '../../src/inputs/table.ts';
import { EXAMPLES, readExample } from './repository.ts';

const FILES = readdirSync(EXAMPLES).sort();

test('docs/examples.md introduces every example, and no other', () => {
  const page = readFileSync(join(ROOT, 'docs', 'examples.md'), 'utf8');
  const linked = [...page.matchAll(/\]\(\.\.\/examples\/([^)]+)\)/g)].map(([, file]) => file);
  assert.deepEqual(linked.sort(), FILES);
  for (const section of page.split(/^## /m).slice(1)) {
    const sentences =
      section
        .split('\n')
        .slice(1)
        .join(' ')
        .match(/[^.]+\.(?=\s|$)/g) ?? [];
    assert.ok(sentences.length >= 2 && sentences.length <= 3, `${sentences.length} sentences: ${section}`);
  }
});

for (const file of FILES) {
  const text = readExample(file);
  const workflow = readWorkflow(join(EXAMPLES, file));
  const header = /^(?:#.*\n)+/.exec(text)?.[0] ?? '';

  suite(file, () => {
    test('says what it shows, and what to set up: each variable and each environment', () => {
      assert.match(header, /^# \S.*\.\n#\n# /);
      assert.match(header, /\n# Set up[^\n]*:/);
      for (const [, name = ''] of text.matchAll(/\bvars\.(\w+)/g)) assert.match(header, new RegExp(`\\b${name}\\b`));
      for (const environment of stepsJobs(workflow).map(environmentOf)) {
        if (environment !== '' && !environment.includes('${{')) assert.match(header, new RegExp(`\`${environment}\``));
      }
      for (const line of text.split('\n')) assert.ok(line.length <= 120, line);
    });

    test('names the subject that its ID tokens have', () => {
      for (const job of stepsJobs(workflow)) {
        if (!mayAskForIdToken(job.permissions)) continue;
        const environment = environmentOf(job);
        const context = environment.includes('${{') ? 'environment:ENVIRONMENT' : `environment:${environment}`;
        const subject = environment === '' ? 'ref:refs/heads/main' : context;
        assert.ok(header.replaceAll(/\n#\s*/g, ' ').includes(`\`PREFIX:${subject}\``), subject);
      }
    });

    test('asks for the permissions that it needs, job by job, and for no more', () => {
      assert.deepEqual(workflow.permissions, {});
      for (const job of stepsJobs(workflow)) {
        const uses = actionsOf(job);
        const wanted = {
          ...(uses.some(({ uses: action }) => action.startsWith('actions/checkout@')) ? { contents: 'read' } : {}),
          ...(signIns(job).some((step) => !('auth-type' in (step.with ?? {}))) ? { 'id-token': 'write' } : {}),
        };
        assert.deepEqual(job.permissions ?? {}, wanted, job.id);
      }
    });

    test('pins what it uses: this action by its version, others by a commit and a comment', () => {
      for (const [line, action = ''] of text.matchAll(/^.*\buses: (\S+).*$/gm)) {
        if (action.startsWith('./.github/workflows/')) assert.ok(FILES.includes(action.slice(20)), line);
        else if (/^[\w-]+\/azure-session/.test(action)) assert.match(action, /^OWNER\/azure-session(\/logout)?@v1$/);
        else assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    });

    test('uses inputs and outputs that are there', () => {
      for (const job of stepsJobs(workflow)) {
        for (const step of signIns(job)) {
          for (const input of Object.keys(step.with ?? {})) assert.ok(input in INPUTS, input);
          const outputs = text.matchAll(new RegExp(`\\bsteps\\.${step.id}\\.outputs\\.([\\w-]+)`, 'g'));
          for (const [, output = ''] of outputs) assert.ok(output in OUTPUTS, output);
        }
      }
    });

    test('has no job without an end, and no expression inside a script', () => {
      for (const job of stepsJobs(workflow)) {
        assert.match(text, new RegExp(`^ {2}${job.id}:\\n(?: {4}.*\\n)*? {4}timeout-minutes: \\d+$`, 'm'));
        for (const step of job.steps) if (step.uses === undefined) assert.doesNotMatch(String(step.run), /\$\{\{/);
      }
    });
  });
}

function stepsJobs({ jobs }: Workflow): StepsJob[] {
  return jobs.flatMap((job) => (job.uses === undefined ? [job] : []));
}

function mayAskForIdToken(permissions: Permissions = {}): boolean {
  return typeof permissions === 'object' ? permissions['id-token'] === 'write' : permissions === 'write-all';
}

function actionsOf({ steps }: StepsJob): UsesStep[] {
  return steps.flatMap((step) => (step.uses === undefined ? [] : [step]));
}

function signIns(job: StepsJob): UsesStep[] {
  return actionsOf(job).filter(({ uses }) => uses.startsWith('OWNER/azure-session@'));
}
