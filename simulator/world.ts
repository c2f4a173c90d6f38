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
  /** Default: `AzureCloud`. */
  readonly cloud?: string;
  /** The cloud of the subscriptions, for a Stack Hub that uses a public cloud's Entra ID. Default: `cloud`. */
  readonly subscriptionCloud?: string;
}

/** The audience of a private cloud with its own issuer. */
export const PRIVATE_AUDIENCE = 'api://private.azurestack.external';

/**
 * Fills the simulator's directory with the demo company. Ids are the same in every run.
 * @returns the directory's own objects: the services see changes of them
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
  // Most of the cost of a world, so all worlds of a process share the key.
  privateKey ??= createRsaKey();
  const certificate = await createCertificate({ commonName: 'contoso-deploy', privateKey: await privateKey });
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
  const { id: tenantId } = home;
  const secrets = { greeting: 'hello from the vault' };
  directory.vaults.push({ name: 'contoso', tenantId, readers, secrets, keys: ['sops'] });
  const containers = { state: {} };
  directory.storageAccounts.push({ name: 'contosostate', tenantId, contributors: readers, containers });
  return {
    tenant: home,
    application: deploy,
    /** Of the application, as the certificate. */
    clientSecret,
    certificate,
    /** The subject of the application's federated credential, which is the default subject of `simulator.github`. */
    federatedSubject: simulator.github.currentSubject,
    /** Of the application. */
    principalId,
    user: person,
    password: person.password,
    systemIdentity,
    userIdentity,
    /** Production, Development, and Retired, which is disabled. All principals have access to them. */
    subscriptions,
  };
}

let privateKey: Promise<string> | undefined;

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
  const objectId = '33333333-3333-4333-8333-333333333333';
  deploy.servicePrincipals.push({ tenantId: home.id, objectId, enabled: true });
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
