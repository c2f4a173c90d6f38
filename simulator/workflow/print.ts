import { unescapeData } from '../job.ts';
import type { WorkflowReport } from './run.ts';

/** Writes a run to standard output as a person would want to read it. */
export function print({ name: workflow, jobs, result, notes }: WorkflowReport): void {
  process.stdout.write(`${workflow}\n`);
  for (const note of notes) process.stdout.write(`Not done here: ${note}\n`);
  for (const { name, result: ended, goesOn, steps, summary, left } of jobs) {
    process.stdout.write(`\n${name}: ${ended}${goesOn ? ', but the run goes on' : ''}\n`);
    for (const step of steps) {
      const ending = step.goesOn ? `${step.result}, but the job goes on` : step.result;
      process.stdout.write(`\n  ${step.name.trim().split('\n')[0]}: ${ending}\n${indented(readable(step.log))}`);
    }
    if (summary !== '') process.stdout.write(`\n  Summary of the job\n${indented(summary)}`);
    if (left.length > 0) process.stdout.write(`\n  Left in RUNNER_TEMP: ${left.join(', ')}\n`);
  }
  process.stdout.write(`\n${result}\n`);
}

const SHOWN: Readonly<Record<string, string>> = {
  error: 'Error: ',
  warning: 'Warning: ',
  notice: 'Notice: ',
  group: '',
};

/** A log as GitHub shows it: annotations and groups by their text, other commands not at all. */
function readable(log: string): string {
  return log.replaceAll(/^::([\w-]+)(?: [^\n]*?)?::(.*)\n?/gm, (_, command: string, data: string) => {
    const before = SHOWN[command];
    return before === undefined ? '' : `${before}${unescapeData(data)}\n`;
  });
}

function indented(text: string): string {
  return text.trim() === '' ? '' : `${text.trimEnd().replaceAll(/^(?=.)/gm, '    ')}\n`;
}
