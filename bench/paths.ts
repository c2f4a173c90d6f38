import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Job, ROOT } from '../simulator/job.ts';
import { startSimulator } from '../simulator/simulator.ts';
import { contoso } from '../simulator/world.ts';
import { emptyNode } from './contestants.ts';
import { type Command, timeProcess } from './measure/processes.ts';
import { METHODS } from './methods.ts';
import { type Traffic, trafficOf } from './parts/traffic.ts';
import { BenchStep } from './step.ts';

/** The requests and modules of one run of an entry. These counts do not depend on the speed of the machine. */
export interface PathFigures extends Traffic {
  /** The loaded JavaScript files, as paths relative to `dist/`. */
  readonly files: readonly string[];
  /** Total size of these files. */
  readonly bytes: number;
  /** Node's own modules that an empty process does not load. */
  readonly nodeModules: readonly string[];
}

/** By entry and method, such as `main, oidc`. */
export type Paths = Readonly<Record<string, PathFigures>>;

/**
 * Runs every entry once, through the simulator's proxy, which works on every system.
 * @throws when an entry fails
 */
export async function measurePaths(): Promise<Paths> {
  await using simulator = await startSimulator();
  const world = await contoso(simulator);
  const paths = new Map<string, PathFigures>();
  for (const method of METHODS) {
    using job = new Job({
      ...simulator.environment,
      ...simulator.github.variables,
      ...(method.name === 'managed-identity' ? simulator.managedIdentity.imdsVariables : {}),
    });
    const emptyNodeModules = new Set((await trace(job, emptyNode(job))).nodeModules);
    const measure = async (name: string, command: Command): Promise<void> => {
      let loaded: Loaded = NOTHING;
      const traffic = await trafficOf(simulator, async () => {
        loaded = await trace(job, command);
      });
      const { files, nodeModules } = loaded;
      paths.set(name, {
        ...traffic,
        files,
        bytes: files.reduce((sum, file) => sum + statSync(join(DIST, file)).size, 0),
        nodeModules: nodeModules.filter((module) => !emptyNodeModules.has(module)),
      });
    };
    const step = new BenchStep(job, method.inputs(world));
    await measure(`main, ${method.name}`, step.mainCommand());
    await measure(`post, ${method.name}`, step.postCommand());
    if (method.name !== 'oidc') continue;
    step.mainCommand();
    await measure('post, nothing to undo', step.postCommand());
    await timeProcess(step.mainCommand());
    await measure('logout, oidc', step.logoutCommand());
  }
  return Object.fromEntries(paths);
}

interface Loaded {
  readonly files: readonly string[];
  readonly nodeModules: readonly string[];
}

const NOTHING: Loaded = { files: [], nodeModules: [] };
const DIST = join(ROOT, 'dist');

/** V8's coverage lists every script that ran, and a preloaded module lists Node's own. Both slow the process down. */
async function trace(job: Job, { command, args, env }: Command): Promise<Loaded> {
  const folder = join(job.folder, `trace-${crypto.randomUUID()}`);
  mkdirSync(folder);
  const modulesFile = join(job.folder, 'loaded-modules.json');
  writeFileSync(modulesFile, '[]');
  await timeProcess({
    command,
    args: ['--require', join(import.meta.dirname, 'loaded-modules.cjs'), ...args],
    env: { ...env, NODE_V8_COVERAGE: folder, LOADED_MODULES_FILE: modulesFile },
  });
  const scripts = readdirSync(folder).flatMap((name) => scriptsIn(join(folder, name)));
  const inDist = scripts.map((script) => relative(DIST, script)).filter((name) => !name.startsWith('..'));
  return {
    files: [...new Set(inDist.map((name) => name.replaceAll(sep, '/')))].sort(),
    nodeModules: JSON.parse(readFileSync(modulesFile, 'utf8')) as string[],
  };
}

function scriptsIn(coverageFile: string): string[] {
  const { result } = JSON.parse(readFileSync(coverageFile, 'utf8')) as { result: readonly { readonly url: string }[] };
  return result.filter(({ url }) => url.startsWith('file:')).map(({ url }) => fileURLToPath(url));
}
