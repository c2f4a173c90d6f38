import { unescapeData } from '../job.ts';
import type { WorkflowReport } from './run.ts';

/** Writes a run to standard output. */
export function print({ name: workflow, jobs, result, notes }: WorkflowReport): void {
  process.stdout.write(`${workflow}\n`);
  for (const note of notes) process.stdout.write(`Not supported here: ${note}\n`);
  for (const { name, result: jobResult, tolerated, steps, summary, left } of jobs) {
    process.stdout.write(`\n${name}: ${jobResult}${tolerated ? ', but the run continues' : ''}\n`);
    for (const step of steps) {
      const ending = step.tolerated ? `${step.result}, but the job continues` : step.result;
      process.stdout.write(`\n  ${step.name.trim().split('\n')[0]}: ${ending}\n${indented(readable(step.log))}`);
    }
    if (summary !== '') process.stdout.write(`\n  Summary of the job\n${indented(summary)}`);
    if (left.length > 0) process.stdout.write(`\n  Left in RUNNER_TEMP: ${left.join(', ')}\n`);
  }
  process.stdout.write(`\n${result}\n`);
}

const PREFIXES: Readonly<Record<string, string>> = {
  error: 'Error: ',
  warning: 'Warning: ',
  notice: 'Notice: ',
  group: '',
};

/** Shows a log as GitHub does: the texts of annotations and groups, and no other commands. */
function readable(log: string): string {
  return log.replaceAll(/^::([\w-]+)(?: [^\n]*?)?::(.*)\n?/gm, (_, command: string, data: string) => {
    const prefix = PREFIXES[command];
    return prefix === undefined ? '' : `${prefix}${unescapeData(data)}\n`;
  });
}

function indented(text: string): string {
  return text.trim() === '' ? '' : `${text.trimEnd().replaceAll(/^(?=.)/gm, '    ')}\n`;
}
