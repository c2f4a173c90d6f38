/**
 * `node simulator/cli.ts -- command …`: runs a command in the demo world, and exits with its exit code. Clients use
 * temporary profile folders, so that the user's own sessions stay as they are.
 */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from './simulator.ts';
import { type Contoso, contoso } from './world.ts';

const [mark, command, ...args] = process.argv.slice(2);
if (mark !== '--' || command === undefined) {
  process.stderr.write('Usage: node simulator/cli.ts -- command ...\n');
  process.exitCode = 2;
} else {
  await using simulator = await startSimulator();
  const variables = { ...privateProfiles(simulator), ...demoVariables(simulator, await contoso(simulator)) };
  process.exitCode = await run(command, variables);
  for (const { via, host, port } of simulator.escaped) {
    process.stderr.write(`Not simulated, rejected: ${host}:${port} (${via})\n`);
  }
}

/** Temporary profile folders for `az`, the classic `azure` and azd. */
function privateProfiles({ folder }: Simulator): Record<string, string> {
  const [profile, azd] = [join(folder, 'azure-profile'), join(folder, 'azd-profile')];
  for (const path of [profile, azd]) mkdirSync(path, { mode: 0o700 });
  return { AZURE_CONFIG_DIR: profile, AZD_CONFIG_DIR: azd };
}

/** The variables that clients need, and the demo's identities. */
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

function run(command: string, variables: Readonly<Record<string, string>>): Promise<number> {
  const child = spawn(command, args, { env: { ...process.env, ...variables }, stdio: 'inherit' });
  // A signal to the group reaches the command as well, which decides when to end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise<number>((resolve) => {
    child.once('error', (error) => {
      process.stderr.write(`${command}: ${error.message}\n`);
      resolve(127);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
