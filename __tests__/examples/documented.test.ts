import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { OUTPUTS } from '../../scripts/descriptions.ts';
import { ROOT } from '../../simulator/job.ts';
import { environmentOf, readWorkflow, type StepsJob, type UsesStep } from '../../simulator/workflow/workflow.ts';
import { INPUTS } from '../../src/inputs/table.ts';
import { EXAMPLES, readExample } from './repository.ts';

const FILES = readdirSync(EXAMPLES).sort();

test('docs/examples.md has a section for every example', () => {
  const page = readFileSync(join(ROOT, 'docs', 'examples.md'), 'utf8');
  const linked = [...page.matchAll(/\]\(\.\.\/examples\/([^)]+)\)/g)].map(([, file]) => file);
  assert.deepEqual(linked.sort(), FILES);
  for (const section of page.split(/^## /m).slice(1)) {
    const text = section.slice(section.indexOf('\n')).replaceAll('\n', ' ');
    const { length } = text.match(/[^.]+\.(?=\s|$)/g) ?? [];
    assert.ok(length === 2 || length === 3, `${length} sentences: ${section}`);
  }
});

for (const file of FILES) {
  const text = readExample(file);
  const workflow = readWorkflow(join(EXAMPLES, file));
  const jobs = workflow.jobs.flatMap((job) => (job.uses === undefined ? [job] : []));
  const header = /^(?:#.*\n)+/.exec(text)?.[0] ?? '';

  suite(file, () => {
    test('describes in its header what it shows and each variable and environment to set up', () => {
      assert.match(header, /^# \S.*\.\n#\n# /);
      assert.match(header, /\n# Set up[^\n]*:/);
      for (const [, name = ''] of text.matchAll(/\bvars\.(\w+)/g)) assert.match(header, new RegExp(`\\b${name}\\b`));
      for (const environment of jobs.map(environmentOf)) {
        if (environment !== '' && !environment.includes('${{')) assert.match(header, new RegExp(`\`${environment}\``));
      }
      for (const line of text.split('\n')) assert.ok(line.length <= 120, line);
    });

    test('names the subject of its ID tokens in its header', () => {
      for (const job of jobs) {
        if (!needsIdToken(job)) continue;
        const environment = environmentOf(job);
        const context = environment.includes('${{') ? 'environment:ENVIRONMENT' : `environment:${environment}`;
        const subject = environment === '' ? 'ref:refs/heads/main' : context;
        assert.ok(header.replaceAll(/\n#\s*/g, ' ').includes(`\`PREFIX:${subject}\``), subject);
      }
    });

    test('has exactly the permissions that each job needs', () => {
      assert.deepEqual(workflow.permissions, {});
      for (const job of jobs) {
        const checksOut = actionsOf(job).some(({ uses }) => uses.startsWith('actions/checkout@'));
        const needed = { ...(checksOut && { contents: 'read' }), ...(needsIdToken(job) && { 'id-token': 'write' }) };
        assert.deepEqual(job.permissions ?? {}, needed, job.id);
      }
    });

    test('pins this action by its version, and other actions by a commit with the version in a comment', () => {
      for (const [line, action = ''] of text.matchAll(/^.*\buses: (\S+).*$/gm)) {
        if (action.startsWith('./.github/workflows/')) assert.ok(FILES.includes(action.slice(20)), line);
        else if (/^[\w-]+\/azure-session/.test(action)) assert.match(action, /^OWNER\/azure-session(\/logout)?@v1$/);
        else assert.match(line, /@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
      }
    });

    test('uses only existing inputs and outputs', () => {
      for (const job of jobs) {
        for (const step of signIns(job)) {
          for (const input of Object.keys(step.with ?? {})) assert.ok(input in INPUTS, input);
          const outputs = text.matchAll(new RegExp(`\\bsteps\\.${step.id}\\.outputs\\.([\\w-]+)`, 'g'));
          for (const [, output = ''] of outputs) assert.ok(output in OUTPUTS, output);
        }
      }
    });

    test('has a timeout for each job, and no expression in a script', () => {
      for (const job of jobs) {
        assert.match(text, new RegExp(`^ {2}${job.id}:\\n(?: {4}.*\\n)*? {4}timeout-minutes: \\d+$`, 'm'));
        for (const step of job.steps) if (step.uses === undefined) assert.doesNotMatch(String(step.run), /\$\{\{/);
      }
    });
  });
}

function actionsOf({ steps }: StepsJob): UsesStep[] {
  return steps.flatMap((step) => (step.uses === undefined ? [] : [step]));
}

function needsIdToken(job: StepsJob): boolean {
  return signIns(job).some((step) => !('auth-type' in (step.with ?? {})));
}

function signIns(job: StepsJob): UsesStep[] {
  return actionsOf(job).filter(({ uses }) => uses.startsWith('OWNER/azure-session@'));
}
