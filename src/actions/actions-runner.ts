import { EventEmitter } from 'node:events';
import { appendFileSync, constants, existsSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { withRegularFile } from '../core/files.ts';
import { rememberInput, rememberSecret, sanitizeLines } from '../core/sanitize.ts';
import * as core from './core.ts';
import { MissingRunnerFile, type Runner, type Values } from './runner.ts';

/**
 * The runner of GitHub Actions, or a compatible one (act, Gitea, Forgejo), through `@actions/core`. Adds what core
 * lacks: sanitizes messages, rejects a missing runner file instead of falling back to stdout commands, and opens files
 * safely.
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
      if (isDebug) core.debug(sanitizeLines(line));
    },
    info: (text) => core.info(escapeCommands(sanitizeLines(text))),
    notice: (message) => core.notice(sanitizeLines(message)),
    warning: (message) => core.warning(sanitizeLines(message)),
    error: (title, message) => core.error(sanitizeLines(message), { title }),
    publish: (outputs, variables) =>
      appendCommands(env, 'GITHUB_OUTPUT', outputs, core.setOutput, () =>
        appendCommands(env, 'GITHUB_ENV', variables, exportForLaterSteps(env)),
      ),
    saveState: (name, value) => appendCommands(env, 'GITHUB_STATE', { [name]: value }, core.saveState),
    state: (name) => core.getState(name),
    appendSummary: (markdown) => {
      // Core's summary is asynchronous and does not check what it opens.
      const file = env['GITHUB_STEP_SUMMARY'];
      if (file !== undefined && file !== '')
        withRegularFile(file, 'refuse', (open) => appendFileSync(open, `${sanitizeLines(markdown)}\n`), APPEND);
    },
    fail: () => {
      process.exitCode = 1;
    },
  };
}

/** Undoes core's change to this process: a blanked variable would hide a value that the sign-in still reads. */
function exportForLaterSteps(env: NodeJS.ProcessEnv): (name: string, value: string) => void {
  return (name, value) => withVariable(env, name, value, () => core.exportVariable(name, value));
}

/**
 * Escapes workflow commands in a text for the log. The runner runs a command after `::` at the start of a line, and
 * after `##[` (the legacy syntax) anywhere. A zero-width joiner breaks both. .NET skips white space before `::` and
 * counts more characters as such than JavaScript, so any invisible character counts here.
 */
export function escapeCommands(text: string): string {
  // Most text contains neither, and the expression is slow to compile.
  if (!text.includes('::') && !text.includes('##[')) return text;
  return text.replaceAll(/^([^\p{L}\p{N}\p{P}\p{S}]*):(?=:)/gmu, '$1:\u200d').replaceAll('##[', '#\u200d#[');
}

/**
 * Appends `name=value` commands through core. If that fails, for example on a full disk, the file is truncated to its
 * original length, because the runner would fail the step for an incomplete command.
 *
 * Core opens the file by path, which may no longer be the file that was checked, so core gets a path to the open
 * descriptor. Unlike a staging file, this does not write secrets to another file. Without `/dev/fd` (on Windows, or in
 * a container without `/proc`), core gets the path that was just checked.
 * @param next runs after the commands are written; if it fails, they are removed again
 * @throws {MissingRunnerFile} instead of core's fallback to stdout commands; the system's error
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
  if (path === undefined || path === '') throw new MissingRunnerFile(variable);
  const appendTo = (open: number): void => {
    const { size } = fstatSync(open);
    const descriptor = `/dev/fd/${open}`;
    try {
      withVariable(env, variable, process.platform !== 'win32' && existsSync(descriptor) ? descriptor : path, () => {
        for (const [name, value] of entries) {
          // Core does not reject a name that ends its own line and so defines another variable.
          if (/[\r\n=]|<</.test(name)) throw new Error('A variable name cannot be written safely to a runner file.');
          append(name, value);
        }
      });
      next();
    } catch (error) {
      ftruncateSync(open, size);
      throw error;
    }
  };
  // Only regular files: a container of the job can replace the runner's file by a link, a pipe or a device.
  withRegularFile(path, 'refuse', appendTo, APPEND);
}

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

const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/**
 * Replaces `process.stdout`, which core writes to. Node's implementation loads 25 modules (2.8 ms) for the first line,
 * and on Windows it writes to pipes asynchronously, which loses lines when the process exits.
 *
 * Ignores write errors, so that the session is created or undone even if the log is closed.
 */
export function writeLogSynchronously(): void {
  // Node's console, which `@actions/io` and modules that the workflow preloads use, needs an event emitter.
  Object.defineProperty(process, 'stdout', { value: Object.assign(new EventEmitter(), { write: writeToStdout }) });
}

const STDOUT = 1;

function writeToStdout(text: string): boolean {
  const bytes = Buffer.from(text);
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return false;
      // The pipe is full, and another process that shares it has made it non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
  return true;
}
