import { type CertificateWithKey, createCertificate, createRsaKey } from './certificates.ts';
import { CLOUDS } from './clouds.ts';
import {
  type Application,
  application,
  type ManagedIdentity,
  type Subscription,
  subscription,
  type Tenant,
  tenant,
  user,
} from './directory.ts';
import { GITHUB_ISSUER } from './github.ts';
import type { Simulator } from './simulator.ts';

export type Contoso = Awaited<ReturnType<typeof contoso>>;

export interface ContosoOptions {
  /** The cloud it lives in; `AzureCloud` unless told. */
  readonly cloud?: string;
  /** The cloud of its subscriptions, for a Stack Hub that signs in at a public cloud. */
  readonly subscriptionCloud?: string;
}

/** A private cloud with an issuer of its own needs an audience of its own. */
export const PRIVATE_AUDIENCE = 'api://private.azurestack.external';

/**
 * Fills the simulator's directory with a company, the demo world: ids are the same in every run, secrets and keys are not
 * real ones. What it returns is the directory's own data: changing it changes what the services answer.
 */
export async function contoso(simulator: Simulator, options: ContosoOptions = {}) {
  const cloud = options.cloud ?? 'AzureCloud';
  const { directory } = simulator;
  const home = tenant({
    id: '11111111-1111-4111-8111-111111111111',
    domains: ['contoso.onmicrosoft.com', 'contoso.com'],
    displayName: 'Contoso',
    cloud,
  });
  const certificate = await createCertificate({ commonName: 'contoso-deploy', privateKey: await certificateKey() });
  const clientSecret = 'Sim8Q~demo.secret-of.the_simulated-application';
  const deploy = deployApplication(home, { clientSecret, certificate, subject: simulator.github.currentSubject });
  const person = user({
    userPrincipalName: 'ada@contoso.com',
    displayName: 'Ada Lovelace',
    tenantId: home.id,
    objectId: '44444444-4444-4444-8444-444444444444',
    password: 'Correct-Horse-7',
  });
  const [systemIdentity, userIdentity] = identities(home);
  const principalId = deploy.servicePrincipals[0]?.objectId ?? '';
  const readers = [principalId, person.objectId, systemIdentity.objectId, userIdentity.objectId];
  const subscriptions = contosoSubscriptions(home, options.subscriptionCloud ?? cloud, readers);

  directory.tenants.push(home);
  directory.applications.push(deploy);
  directory.users.push(person);
  directory.managedIdentities.push(systemIdentity, userIdentity);
  directory.subscriptions.push(...subscriptions);
  const secrets = { greeting: 'hello from the vault' };
  directory.vaults.push({ name: 'contoso', tenantId: home.id, readers, secrets, keys: ['sops'] });
  directory.storageAccounts.push({
    name: 'contosostate',
    tenantId: home.id,
    contributors: readers,
    containers: { state: {} },
  });
  return {
    tenant: home,
    application: deploy,
    /** Of the application; the certificate is registered at it. */
    clientSecret,
    certificate,
    /** What the application's federated credential trusts: what `simulator.github` issues by default. */
    federatedSubject: simulator.github.currentSubject,
    /** Object id of the application's service principal. */
    principalId,
    user: person,
    password: person.password,
    systemIdentity,
    userIdentity,
    /** Production, Development, and Retired, which is disabled. The application and the user see all three. */
    subscriptions,
  };
}

let key: Promise<string> | undefined;

/** Made once a process: it is most of what a world costs. */
function certificateKey(): Promise<string> {
  key ??= createRsaKey();
  return key;
}

function deployApplication(
  home: Tenant,
  credentials: { clientSecret: string; certificate: CertificateWithKey; subject: string },
): Application {
  const deploy = application({
    clientId: '22222222-2222-4222-8222-222222222222',
    displayName: 'contoso-deploy',
    tenantId: home.id,
  });
  const inAYear = new Date(Date.now() + 365 * 24 * 3600 * 1000);
  deploy.identifierUris.push('api://contoso-deploy');
  deploy.secrets.push({ value: credentials.clientSecret, expiresOn: inAYear });
  deploy.certificates.push(credentials.certificate.certificate);
  deploy.federatedCredentials.push({
    name: 'github',
    issuer: GITHUB_ISSUER,
    subject: credentials.subject,
    audiences: [CLOUDS.find(({ name }) => name === home.cloud)?.federatedAudience ?? PRIVATE_AUDIENCE],
  });
  deploy.servicePrincipals.push({
    tenantId: home.id,
    objectId: '33333333-3333-4333-8333-333333333333',
    enabled: true,
  });
  return deploy;
}

function identities(home: Tenant): readonly [ManagedIdentity, ManagedIdentity] {
  const group = '/subscriptions/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa/resourcegroups/production-web/providers';
  return [
    {
      kind: 'system-assigned',
      tenantId: home.id,
      clientId: '55555555-5555-4555-8555-555555555555',
      objectId: '66666666-6666-4666-8666-666666666666',
      resourceId: `${group}/Microsoft.Compute/virtualMachines/runner`,
      displayName: 'runner',
    },
    {
      kind: 'user-assigned',
      tenantId: home.id,
      clientId: '77777777-7777-4777-8777-777777777777',
      objectId: '88888888-8888-4888-8888-888888888888',
      resourceId: `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/deploy`,
      displayName: 'deploy',
    },
  ];
}

function contosoSubscriptions(
  home: Tenant,
  cloud: string,
  readers: readonly string[],
): readonly [Subscription, Subscription, Subscription] {
  const make = (id: string, displayName: string, groups: readonly string[]): Subscription => ({
    ...subscription({ id, displayName, tenantId: home.id, cloud }),
    roleAssignments: [...readers],
    resourceGroups: groups.map((name) => ({ name, location: 'westeurope', tags: {} })),
  });
  const retired = make('cccccccc-cccc-4ccc-8ccc-cccccccccccc', 'Retired', []);
  return [
    make('aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa', 'Production', ['production-web', 'production-data']),
    make('bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb', 'Development', ['development-web']),
    { ...retired, state: 'Disabled' },
  ];
}
