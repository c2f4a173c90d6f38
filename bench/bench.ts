/**
 * `npm run bench`: how long a sign-in and a sign-out take as whole processes, against the floor (`floor.mjs`) and an empty
 * Node process, at several round-trip times. The runs of one row are interleaved, so that a machine which becomes slower
 * in between slows all of them; what counts are the ratios, pair by pair.
 *
 * Where the machine allows it (Linux, root) everything runs in a network namespace with the real host names on loopback;
 * else through the simulator's proxy, which costs both sides one more round trip a connection.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isFenced, runFenced } from '../scripts/clients/fence.ts';
import { type Job, Job as NewJob, ROOT } from '../simulator/job.ts';
import { startRelay } from '../simulator/round-trip.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { contoso } from '../simulator/world.ts';

const HOSTS = ['login.microsoftonline.com', 'management.azure.com', 'pipelines.actions.githubusercontent.com'];
const RUNS = Number(process.env['BENCH_RUNS'] ?? 15);
const ROUND_TRIPS = [0, 20, 40, 100];

if (isFenced()) process.exitCode = await bench('direct');
else {
  const folder = mkdtempSync(join(tmpdir(), 'azure-session-bench-'));
  const hosts = join(folder, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost ${HOSTS.join(' ')}\n::1 localhost\n`);
  process.exitCode = runFenced(import.meta.filename, [], hosts) ?? (await bench('proxy'));
  rmSync(folder, { recursive: true });
}

type Way = 'direct' | 'proxy';

async function bench(way: Way): Promise<number> {
  const tls = [{ host: '127.0.0.1', port: way === 'direct' ? 8443 : 0 }];
  await using simulator = await startSimulator({ tls });
  const world = await contoso(simulator);
  const identity = {
    'CLIENT-ID': world.application.clientId,
    'TENANT-ID': world.tenant.id,
    SUBSCRIPTION: 'Production',
  };
  const { privateKey, certificate } = world.certificate;
  const methods: Record<string, Record<string, string>> = {
    oidc: { ...identity, 'KEEP-ALIVE': 'false' },
    'client-secret': { ...identity, 'CLIENT-SECRET': world.clientSecret },
    'client-certificate': { ...identity, 'CLIENT-CERTIFICATE': `${privateKey}${certificate}` },
  };
  console.log(
    `${way === 'direct' ? 'Direct connections in a network of its own' : 'Through the proxy'}; ${RUNS} interleaved runs a row; median (least to most)\n`,
  );
  console.log('| method | round trip | floor | main | main / floor |\n|---|---|---|---|---|');
  for (const roundTripMs of ROUND_TRIPS) {
    const port = way === 'direct' ? (simulator.tlsPorts[0] ?? 0) : simulator.proxyPort;
    await using relay = await startRelay({
      target: { host: '127.0.0.1', port },
      roundTripMs,
      listen: { host: '127.0.0.1', port: way === 'direct' ? 443 : 0 },
    });
    for (const [method, inputs] of Object.entries(methods)) {
      using job = new NewJob(environment(simulator, way, relay.port));
      const env = { ...stepVariables(job, inputs), FLOOR_METHOD: method, FLOOR_SECRET: world.clientSecret };
      await row(method, roundTripMs, env);
    }
  }
  await postRow(simulator, {
    'client-id': world.application.clientId,
    'tenant-id': world.tenant.id,
    'client-secret': world.clientSecret,
    subscription: 'Production',
  });
  return 0;
}

function environment(simulator: Simulator, way: Way, port: number): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS = '' } = simulator.environment;
  const proxy = way === 'proxy' ? { HTTPS_PROXY: `http://127.0.0.1:${port}` } : {};
  return { ...proxy, NODE_EXTRA_CA_CERTS, ...simulator.github.variables };
}

function stepVariables(job: Job, inputs: Record<string, string>): Record<string, string> {
  const files = ['GITHUB_ENV', 'GITHUB_OUTPUT', 'GITHUB_STATE'].map((name) => [name, join(job.folder, name)]);
  const named = Object.entries(inputs).map(([name, value]) => [`INPUT_${name}`, value]);
  return { ...job.env, ...Object.fromEntries(files), ...Object.fromEntries(named) };
}

async function row(method: string, roundTripMs: number, env: Record<string, string>): Promise<void> {
  const main: number[] = [];
  const floor: number[] = [];
  for (let run = -1; run < RUNS; run++) {
    const pair = [
      await timed([join(ROOT, 'bench/floor.mjs')], env),
      await timed([join(ROOT, 'dist/main/index.js')], env),
    ] as const;
    if (run < 0) continue;
    floor.push(pair[0]);
    main.push(pair[1]);
  }
  const ratios = main.map((time, at) => time / (floor[at] ?? Number.NaN));
  console.log(`| ${method} | ${roundTripMs} ms | ${spread(floor)} | ${spread(main)} | ${median(ratios).toFixed(2)} |`);
}

/** Signs out of a profile as a sign-in left it, copied for each run. */
async function postRow(simulator: Simulator, inputs: Record<string, string>): Promise<void> {
  using job = new NewJob(simulator.environment);
  const signedIn = (await job.step({ inputs })).result.outputs['config-dir'] ?? '';
  const empty = join(job.folder, 'empty.js');
  writeFileSync(empty, '');
  const post: number[] = [];
  const node: number[] = [];
  for (let run = -1; run < RUNS; run++) {
    const folder = join(job.temp, `session-${run}`);
    cpSync(signedIn, folder, { recursive: true });
    const state = {
      STATE_session: JSON.stringify({
        folder,
        variables: [{ name: 'A', exported: { kind: 'value', text: 'b' }, restore: '' }],
      }),
    };
    const env = { ...stepVariables(job, {}), ...state, A: 'b' };
    const pair = [await timed([empty], env), await timed([join(ROOT, 'dist/post/index.js')], env)] as const;
    if (run < 0) continue;
    node.push(pair[0]);
    post.push(pair[1]);
  }
  const ratios = post.map((time, at) => time / (node[at] ?? Number.NaN));
  console.log(
    `\n| post | empty Node | post / empty |\n|---|---|---|\n| ${spread(post)} | ${spread(node)} | ${median(ratios).toFixed(2)} |`,
  );
}

/** Wall time of a whole process, in milliseconds. */
function timed(args: readonly string[], env: Record<string, string>): Promise<number> {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(performance.now() - started);
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function spread(values: readonly number[]): string {
  return `${median(values).toFixed(0)} ms (${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)})`;
}
