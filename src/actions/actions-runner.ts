import { appendFileSync, closeSync, constants, existsSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { openRegularFile } from '../core/files.ts';
import { rememberInput, rememberSecret, shownText } from '../core/foreign-text.ts';
import * as core from './core.ts';
import { NoRunnerFile, type Runner, type Values } from './runner.ts';

/**
 * The runner of GitHub Actions, and of everything that speaks its protocol (act, Gitea, Forgejo), through
 * `@actions/core`. What core lacks stands in front of it: text is made safe to show, a missing runner file is an error
 * (core would fall back to stdout commands), and core writes to files that were opened safely.
 *
 * Core reads the global `process`, so there is one runner per process.
 *
 * Sources: GitHub Docs, "Workflow commands for GitHub Actions"; actions/runner, `ActionCommand.cs`.
 */
export function actionsRunner(process: NodeJS.Process): Runner {
  const env = process.env;
  const isDebug = env['RUNNER_DEBUG'] === '1';
  const masked = new Set<string>();

  return {
    env,
    platform: process.platform,
    isDebug,
    input: (name) => {
      const value = core.getInput(name);
      rememberInput(value);
      return value;
    },
    mask: (secret) => {
      if (secret.trim() === '' || masked.has(secret)) return;
      masked.add(secret);
      rememberSecret(secret);
      core.setSecret(secret);
    },
    debug: (line) => {
      if (isDebug) core.debug(shownText(line));
    },
    info: (text) => core.info(plainText(shownText(text))),
    notice: (message) => core.notice(shownText(message)),
    warning: (message) => core.warning(shownText(message)),
    error: (title, message) => core.error(shownText(message), { title }),
    publish: (outputs, variables) =>
      appendCommands(env, 'GITHUB_OUTPUT', outputs, core.setOutput, () =>
        appendCommands(env, 'GITHUB_ENV', variables, exportForLaterSteps(env)),
      ),
    saveState: (name, value) => appendCommands(env, 'GITHUB_STATE', { [name]: value }, core.saveState),
    state: (name) => core.getState(name),
    appendSummary: (markdown) => {
      // Core's summary is asynchronous and opens whatever is at the path.
      const file = env['GITHUB_STEP_SUMMARY'];
      if (file !== undefined && file !== '')
        withRunnerFile(file, (open) => appendFileSync(open, `${shownText(markdown)}\n`));
    },
    fail: () => {
      process.exitCode = 1;
    },
  };
}

/** Core sets a variable in this process as well, where a blank one would hide what the sign-in itself still reads. */
function exportForLaterSteps(env: NodeJS.ProcessEnv): (name: string, value: string) => void {
  return (name, value) => withVariable(env, name, value, () => core.exportVariable(name, value));
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
 * Lets core append `name=value` commands. Half a command would fail the whole step in the runner, so a file that cannot
 * be written (a full disk) gets its old length back.
 *
 * Core appends by path, which by then may name another file than the one that was checked. So core gets a path to the
 * open descriptor. Unlike a staging file, that keeps secrets out of other files. Where there is no `/dev/fd` (Windows,
 * a container without `/proc`), core gets the path that was just checked.
 * @param next what else must succeed; when it fails, the commands are taken back, from the file that is still open
 * @throws when the runner gave no such file: the stdout commands it would replace are not a substitute
 */
function appendCommands(
  env: NodeJS.ProcessEnv,
  variable: string,
  values: Values,
  append: (name: string, value: string) => void,
  next: () => void = () => undefined,
): void {
  const entries = Object.entries(values);
  if (entries.length === 0) {
    next();
    return;
  }
  const path = env[variable];
  if (path === undefined || path === '') throw new NoRunnerFile(variable);
  withRunnerFile(path, (open) => {
    const { size } = fstatSync(open);
    const descriptor = `/dev/fd/${open}`;
    try {
      withVariable(env, variable, process.platform !== 'win32' && existsSync(descriptor) ? descriptor : path, () => {
        for (const [name, value] of entries) {
          checkName(name);
          append(name, value);
        }
      });
      next();
    } catch (error) {
      ftruncateSync(open, size);
      throw error;
    }
  });
}

/** Core refuses a name or a value with its delimiter, but not a name that could end its line and define another. */
function checkName(name: string): void {
  if (/[\r\n=]|<</.test(name)) throw new Error('A variable name cannot be written safely to a runner file.');
}

/** Sets an environment variable while `use` runs. */
function withVariable(env: NodeJS.ProcessEnv, name: string, value: string, use: () => void): void {
  const before = env[name];
  env[name] = value;
  try {
    use();
  } finally {
    if (before === undefined) delete env[name];
    else env[name] = before;
  }
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

/**
 * Takes the place of `process.stdout`, by which core writes: Node's own loads 25 modules for the first line, 2.8 ms, and on
 * Windows it writes to a pipe later, where a process that ends at once loses lines.
 *
 * Where nobody reads the log any more, the session is made or undone all the same.
 */
export function writeLogAtOnce(): void {
  Object.defineProperty(process, 'stdout', { value: { write: writeWhole } });
}

const STDOUT = 1;

function writeWhole(text: string): boolean {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      // The pipe is full, and another process that shares it has made it one that does not wait.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}
