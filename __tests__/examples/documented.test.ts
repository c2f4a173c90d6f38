import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { ROOT } from '../../simulator/job.ts';
import { environmentOf, readWorkflow, type StepsJob, type UsesStep } from '../../simulator/workflow/workflow.ts';
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
  const signIns = actionsOf(job).filter(({ uses }) => uses.startsWith('OWNER/azure-session@'));
  return signIns.some((step) => !('auth-type' in (step.with ?? {})));
}
