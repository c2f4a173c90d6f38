/**
 * `npm run workflow -- FILE`: runs a workflow on this machine as a push to `main` would, with the built action, against
 * the demo world, and prints what its steps printed. Steps with `run` are really run. Exits with 1 when a job failed.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { createCertificate, createPfx } from '../certificates.ts';
import { ROOT } from '../job.ts';
import { type Simulator, startSimulator } from '../simulator.ts';
import { type Contoso, contoso } from '../world.ts';
import { WorkflowError } from './expression.ts';
import { podVariables } from './pod.ts';
import { type RunEvent, runWorkflow, type WorkflowReport } from './run.ts';
import { readWorkflow, type Texts } from './workflow.ts';

const [file, ...others] = process.argv.slice(2);
if (file === undefined || file.startsWith('-') || others.length > 0) {
  process.stderr.write('Usage: npm run workflow -- FILE.yml\n');
  process.exitCode = 2;
} else {
  process.exitCode = await runFile(resolve(file)).catch(unusable);
}

async function runFile(path: string): Promise<number> {
  await using simulator = await startSimulator();
  const world = await contoso(simulator);
  const repository = mkdtempSync(join(tmpdir(), 'azure-session-repository-'));
  try {
    const workflows = join(repository, '.github', 'workflows');
    mkdirSync(workflows, { recursive: true });
    cpSync(dirname(path), workflows, { recursive: true, filter: (name) => name === dirname(path) || isYaml(name) });
    cpSync(join(ROOT, 'action.yml'), join(repository, 'action.yml'));
    const report = await runWorkflow({
      simulator,
      repository,
      workflow: basename(path),
      event: eventOf(path),
      vars: variables(world),
      secrets: await secrets(world),
      machine: { variables: await machine(simulator, world, readFileSync(path, 'utf8')) },
    });
    print(report);
    return report.result === 'success' ? 0 : 1;
  } finally {
    rmSync(repository, { recursive: true, force: true });
  }
}

/** Beside a workflow may stand those that it calls. */
function isYaml(name: string): boolean {
  return /\.ya?ml$/.test(name);
}

/** A push where the workflow knows one, else the first event that needs no caller. */
function eventOf(path: string): RunEvent {
  const names = readWorkflow(path).events.flatMap((event) => (event.kind === 'other' ? [event.name] : []));
  return { name: names.includes('push') ? 'push' : (names[0] ?? 'push'), ref: 'refs/heads/main', payload: {} };
}

function variables({ application, tenant, subscriptions, user, userIdentity }: Contoso): Texts {
  return {
    AZURE_CLIENT_ID: application.clientId,
    AZURE_TENANT_ID: tenant.id,
    AZURE_SUBSCRIPTION_ID: subscriptions[0].id,
    AZURE_USERNAME: user.userPrincipalName,
    IDENTITY_CLIENT_ID: userIdentity.clientId,
  };
}

async function secrets({ application, tenant, clientSecret, certificate, password, subscriptions }: Contoso) {
  const [{ id, displayName, managementCertificates }] = subscriptions;
  const management = await createCertificate({ commonName: 'management' });
  managementCertificates.push(management.certificate);
  const pfx = createPfx(management, '').toString('base64');
  return {
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_CREDENTIALS: JSON.stringify({ clientId: application.clientId, clientSecret, tenantId: tenant.id }),
    AZURE_CLIENT_CERTIFICATE: `${certificate.certificate}${certificate.privateKey}`,
    AZURE_PASSWORD: password,
    AZURE_PUBLISH_SETTINGS: `<PublishData><PublishProfile SchemaVersion="2.0" PublishMethod="AzureServiceManagementAPI"><Subscription ServiceManagementUrl="https://management.core.windows.net" Id="${id}" Name="${displayName}" ManagementCertificate="${pfx}"/></PublishProfile></PublishData>`,
  };
}

/** The identity that a machine in Azure has, or the token that a pod has; somebody who enters every device code. */
async function machine(simulator: Simulator, world: Contoso, text: string): Promise<Texts> {
  simulator.deviceLogin.intervalSeconds = 1;
  simulator.deviceLogin.automatic = { userPrincipalName: world.user.userPrincipalName, afterPolls: 1 };
  const pod = text.includes('workload-identity') ? await podVariables(simulator, world) : {};
  return { ...simulator.managedIdentity.imdsVariables, ...pod };
}

function print({ jobs, result }: WorkflowReport): void {
  for (const { id, result: ended, steps, left } of jobs) {
    process.stdout.write(`\n${id}: ${ended}\n`);
    for (const step of steps.filter(({ result: how }) => how !== 'skipped')) {
      const text = step.log.replaceAll('%0A', '\n').replaceAll('%0D', '\r').replaceAll('%25', '%').trimEnd();
      process.stdout.write(`\n  ${step.name}: ${step.result}\n${text.replaceAll(/^(?=.)/gm, '    ')}\n`);
    }
    if (left.length > 0) process.stdout.write(`\n  Left in RUNNER_TEMP: ${left.join(', ')}\n`);
  }
  process.stdout.write(`\n${result}\n`);
}

function unusable(error: unknown): number {
  if (!(error instanceof WorkflowError || (error instanceof Error && 'code' in error))) throw error;
  // The copy that was run is nothing to the reader.
  process.stderr.write(`${error.message.replaceAll(/\S+[\\/]\.github[\\/]workflows[\\/]/g, '')}\n`);
  return 2;
}
