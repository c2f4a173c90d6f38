import { appendFileSync, closeSync, constants, fstatSync, ftruncateSync } from 'node:fs';
import { rememberInput, rememberSecret, shownText } from '../foreign-text.ts';
import { openRegularFile } from '../regular-file.ts';
import { NoRunnerFile, type Runner, type Values } from './runner.ts';

/**
 * The runner of GitHub Actions, and of everything that speaks its protocol (act, Gitea, Forgejo).
 *
 * `@actions/core` does the same; it is not used because loading it costs more than the rest of a sign-in's own work:
 * 40 ms of a 22 ms Node start as published, 19 ms without undici, 5 ms with every dependency stubbed out. It also falls
 * back to the stdout commands for variables and outputs, which a sign-in must never use. A test holds the two
 * byte for byte together.
 *
 * Sources: GitHub Docs, "Workflow commands for GitHub Actions"; actions/runner, `ActionCommand.cs`.
 */
export function actionsRunner(process: NodeJS.Process): Runner {
  const env = process.env;
  const write = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const masked = new Set<string>();
  const annotate = (level: string, message: string): void => write(`::${level}::${escapeData(shownText(message))}`);

  return {
    env,
    platform: process.platform,
    input: (name) => {
      const value = (env[inputVariable(name)] ?? '').trim();
      rememberInput(value);
      return value;
    },
    mask: (secret) => {
      if (secret.trim() === '' || masked.has(secret)) return;
      masked.add(secret);
      rememberSecret(secret);
      write(`::add-mask::${escapeData(secret)}`);
    },
    debug: (line) => annotate('debug', line),
    info: (text) => write(plainText(shownText(text))),
    notice: (message) => annotate('notice', message),
    warning: (message) => annotate('warning', message),
    error: (message) => annotate('error', message),
    handOver: (outputs, variables) =>
      appendCommands(env, 'GITHUB_OUTPUT', outputs, () => appendCommands(env, 'GITHUB_ENV', variables)),
    saveState: (name, value) => appendCommands(env, 'GITHUB_STATE', { [name]: value }),
    state: (name) => env[`STATE_${name}`] ?? '',
    appendSummary: (markdown) => {
      const file = env['GITHUB_STEP_SUMMARY'];
      if (file !== undefined && file !== '')
        withRunnerFile(file, (open) => appendFileSync(open, `${shownText(markdown)}\n`));
    },
    fail: () => {
      process.exitCode = 1;
    },
  };
}

/** The variable in which the runner hands over an input: upper case, blanks as `_`, hyphens kept. */
export function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** The data of a workflow command keeps to one line: `%`, CR and LF are written as `%25`, `%0D`, `%0A`. */
export function escapeData(data: string): string {
  return data.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/**
 * Text for the log that cannot be taken for a workflow command. The runner obeys a line that begins with `::` after
 * white space, and, by its first-generation syntax, `##[` anywhere in a line; a zero-width joiner breaks both. What is
 * white space to .NET is not all white space to JavaScript, so whatever shows nothing counts.
 */
export function plainText(text: string): string {
  // Most text holds neither, and the expression is a slow one to compile.
  if (!text.includes('::') && !text.includes('##[')) return text;
  return text.replaceAll(/^([^\p{L}\p{N}\p{P}\p{S}]*):(?=:)/gmu, '$1:\u200d').replaceAll('##[', '#\u200d#[');
}

/**
 * Appends `name=value` commands in the runner's heredoc form, whose delimiter is in no value. Half a command would
 * fail the whole step in the runner, so a file that cannot be written (a full disk) gets its old length back.
 * @param next what else must succeed; when it fails, the commands are taken back, from the file that is still open
 * @throws when the runner gave no such file: the stdout commands it would replace are not a substitute
 */
function appendCommands(
  env: NodeJS.ProcessEnv,
  variable: string,
  values: Values,
  next: () => void = () => undefined,
): void {
  const entries = Object.entries(values);
  if (entries.length === 0) {
    next();
    return;
  }
  const file = env[variable];
  if (file === undefined || file === '') throw new NoRunnerFile(variable);
  withRunnerFile(file, (open) => {
    const { size } = fstatSync(open);
    try {
      appendFileSync(open, entries.map(([name, value]) => heredoc(name, value, nonce())).join(''));
      next();
    } catch (error) {
      ftruncateSync(open, size);
      throw error;
    }
  });
}

const TO_APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/** A container of the job can put a link, a pipe or a device in the place of the runner's file: only a file is written. */
function withRunnerFile(path: string, use: (file: number) => void): void {
  const file = openRegularFile(path, TO_APPEND, 'refuse');
  try {
    use(file);
  } finally {
    closeSync(file);
  }
}

/** Nobody has to be unable to guess it, since `heredoc` looks whether it is free; Node's UUIDs take 3 ms to load. */
function nonce(): string {
  return Math.random().toString(36).slice(2);
}

/**
 * One command of a runner file: `name<<delimiter`, the value, the delimiter.
 * @throws when the name or the value holds the delimiter or the name could end its line, which would let a value
 * define variables of its own.
 */
export function heredoc(name: string, value: string, nonce: string): string {
  const delimiter = `ghadelimiter_${nonce}`;
  if (/[\r\n=]|<</.test(name) || name.includes(delimiter) || value.includes(delimiter)) {
    throw new Error('A variable name or value cannot be written safely to a runner file.');
  }
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
