/**
 * `node simulator/cli.ts [--port N] [--host H] [-- command …]`: the demo world. With a command it runs that with the
 * world's environment and exits as it does; without one it prints the environment for a shell and stays until told to
 * end. Clients sign in to profile folders of its own, which go with it: the person's own sessions are left alone.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { ListenAddress } from './front.ts';
import { type Simulator, startSimulator } from './simulator.ts';
import { type Contoso, contoso } from './world.ts';

const USAGE = `Usage: node simulator/cli.ts [--port N] [--host H] [--proxy-port N] [-- command ...]

  --port N        TLS port (any free one unless told; 443 needs a hosts file instead of the proxy)
  --host H        address that TLS listens on, may be given twice (127.0.0.1)
  --proxy-port N  port of the CONNECT proxy (any free one unless told)
`;

const { values, positionals } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', multiple: true, default: ['127.0.0.1'] },
    'proxy-port': { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

if (values.help) process.stdout.write(USAGE);
else await main();

async function main(): Promise<void> {
  const tls: ListenAddress[] = values.host.map((host) => ({ host, port: Number(values.port) }));
  const simulator = await startSimulator({ tls, proxyPort: Number(values['proxy-port']) });
  const variables = { ...privateProfiles(simulator), ...demoVariables(simulator, await contoso(simulator)) };
  const [command, ...args] = positionals;
  if (command === undefined) await serve(simulator, variables);
  else await run(simulator, command, args, variables);
}

/** Where `az`, the classic `azure` and azd keep who is signed in: not in the person's own folders. */
function privateProfiles({ folder }: Simulator): Record<string, string> {
  const [profile, azd] = [join(folder, 'azure-profile'), join(folder, 'azd-profile')];
  for (const path of [profile, azd]) mkdirSync(path, { mode: 0o700 });
  return { AZURE_CONFIG_DIR: profile, AZD_CONFIG_DIR: azd };
}

/** What a client needs to reach the world, and the demo's identities under names of their own. */
function demoVariables(simulator: Simulator, world: Contoso): Record<string, string> {
  const [production] = world.subscriptions;
  return {
    ...simulator.environment,
    ...simulator.github.variables,
    ...simulator.managedIdentity.imdsVariables,
    DEMO_TENANT_ID: world.tenant.id,
    DEMO_CLIENT_ID: world.application.clientId,
    DEMO_CLIENT_SECRET: world.clientSecret,
    DEMO_CLIENT_CERTIFICATE: `${world.certificate.privateKey}${world.certificate.certificate}`,
    DEMO_USERNAME: world.user.userPrincipalName,
    DEMO_PASSWORD: world.password,
    DEMO_SUBSCRIPTION_ID: production.id,
    DEMO_IMDS_URL: simulator.managedIdentity.url,
  };
}

async function serve(simulator: Simulator, variables: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${quoted(value)}\n`);
  process.stderr.write(
    `Azure is simulated at ${simulator.proxyUrl} (proxy) and TLS port ${simulator.tlsPorts.join(', ')}.\n`,
  );
  await new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  await simulator.close();
}

async function run(
  simulator: Simulator,
  command: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<void> {
  const child = spawn(command, args, { env: { ...process.env, ...variables }, stdio: 'inherit' });
  // The command decides what a signal to the group means; this process only outlives it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise<number>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
  for (const { via, host, port } of simulator.escaped) {
    process.stderr.write(`Not simulated, refused: ${host}:${port} (${via})\n`);
  }
  await simulator.close();
}

/** For a POSIX shell. */
function quoted(value: string): string {
  return `'${value.replaceAll("'", "'\\''")}'`;
}
