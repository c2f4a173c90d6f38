/** The data of the simulated world, which tests fill and change. */

export interface Tenant {
  id: string;
  /** Verified domains; the first is the default domain. */
  domains: string[];
  displayName: string;
  /** The name of a cloud, or of a private cloud with its own issuer. */
  cloud: string;
  /** Domains with their own identity provider. */
  federatedDomains: string[];
  /** Object ids of principals that a Conditional Access policy blocks (AADSTS53003). */
  blockedByConditionalAccess: string[];
}

interface ClientSecret {
  value: string;
  expiresOn: Date;
}

export interface FederatedCredential {
  name: string;
  issuer: string;
  subject: string;
  audiences: string[];
}

export interface ServicePrincipal {
  tenantId: string;
  objectId: string;
  enabled: boolean;
}

export interface Application {
  clientId: string;
  displayName: string;
  /** Of the registration. */
  tenantId: string;
  identifierUris: string[];
  /** Microsoft's own clients have no secret, and share their refresh tokens as a family. */
  kind: 'confidential' | 'first-party';
  secrets: ClientSecret[];
  /** Registered certificates, in PEM. */
  certificates: string[];
  /** Subject name and issuer authentication: trusts all certificates of this name from the authority. */
  trustedSubjects: { commonName: string; authority: string }[];
  federatedCredentials: FederatedCredential[];
  servicePrincipals: ServicePrincipal[];
}

export interface ManagedIdentity {
  kind: 'system-assigned' | 'user-assigned';
  tenantId: string;
  clientId: string;
  objectId: string;
  resourceId: string;
  displayName: string;
}

/** `unregistered`: required, but the user has not set it up. */
export type Multifactor = 'none' | 'required' | 'unregistered';

export interface User {
  objectId: string;
  userPrincipalName: string;
  displayName: string;
  tenantId: string;
  password: string;
  passwordState: 'valid' | 'expired';
  enabled: boolean;
  multifactor: Multifactor;
  /** Wrong passwords in a row. */
  failedSignIns: number;
  guestIn: { tenantId: string; objectId: string; multifactor: Multifactor }[];
}

export interface ResourceGroup {
  name: string;
  location: string;
  tags: Record<string, string>;
}

export interface Subscription {
  id: string;
  displayName: string;
  tenantId: string;
  /** The name of the cloud or private cloud. */
  cloud: string;
  state: 'Enabled' | 'Warned' | 'PastDue' | 'Disabled' | 'Deleted';
  /** Object ids of principals. */
  roleAssignments: string[];
  /** Tenants that manage the subscription through Azure Lighthouse. */
  managedByTenants: string[];
  resourceGroups: ResourceGroup[];
  /** Of classic Service Management, in PEM. */
  managementCertificates: string[];
}

export interface Vault {
  name: string;
  tenantId: string;
  readers: string[];
  secrets: Record<string, string>;
  /** Names of keys, which do not really encrypt. */
  keys: string[];
}

export interface StorageAccount {
  name: string;
  tenantId: string;
  contributors: string[];
  /** Blobs by container and name. */
  containers: Record<string, Record<string, Blob>>;
}

export interface Blob {
  content: string;
  type: string;
  metadata: Record<string, string>;
  /** The id of the active lease. */
  lease: string | undefined;
}

export class Directory {
  readonly tenants: Tenant[] = [];
  readonly applications: Application[] = [];
  readonly managedIdentities: ManagedIdentity[] = [];
  readonly users: User[] = [];
  readonly subscriptions: Subscription[] = [];
  readonly vaults: Vault[] = [];
  readonly storageAccounts: StorageAccount[] = [];

  /** By id or domain. */
  tenant(idOrDomain: string): Tenant | undefined {
    const key = idOrDomain.toLowerCase();
    return this.tenants.find(({ id, domains }) => id === key || domains.includes(key));
  }

  /** By client id or identifier URI. */
  application(clientId: string): Application | undefined {
    const all = [...this.applications, ...FIRST_PARTY_CLIENTS];
    return all.find((one) => one.clientId === clientId.toLowerCase() || one.identifierUris.includes(clientId));
  }

  user(userPrincipalName: string): User | undefined {
    return this.users.find((user) => user.userPrincipalName.toLowerCase() === userPrincipalName.toLowerCase());
  }

  subscription(id: string): Subscription | undefined {
    return this.subscriptions.find((subscription) => subscription.id === id.toLowerCase());
  }
}

/** An application without credentials. */
export function application(basics: { clientId: string; displayName: string; tenantId: string }): Application {
  return {
    ...basics,
    identifierUris: [],
    kind: 'confidential',
    secrets: [],
    certificates: [],
    trustedSubjects: [],
    federatedCredentials: [],
    servicePrincipals: [],
  };
}

/** Microsoft's public clients, which exist in every tenant. Source: azure-cli and Az PowerShell. */
const FIRST_PARTY_CLIENTS: readonly Application[] = [
  { clientId: '04b07795-8ddb-461a-bbee-02f9e1bf7b46', displayName: 'Microsoft Azure CLI' },
  { clientId: '1950a258-227b-4e31-a9cf-717495945fc2', displayName: 'Microsoft Azure PowerShell' },
].map((client) => ({
  ...application({ ...client, tenantId: 'f8cdef31-a31e-4b4a-93e4-5f571e91255a' }),
  kind: 'first-party',
}));

/** A user without multifactor authentication. */
export function user(
  basics: Pick<User, 'userPrincipalName' | 'displayName' | 'tenantId' | 'objectId' | 'password'>,
): User {
  return { ...basics, passwordState: 'valid', enabled: true, multifactor: 'none', failedSignIns: 0, guestIn: [] };
}

/** An enabled subscription without role assignments. */
export function subscription(basics: Pick<Subscription, 'id' | 'displayName' | 'tenantId' | 'cloud'>): Subscription {
  return {
    ...basics,
    state: 'Enabled',
    roleAssignments: [],
    managedByTenants: [],
    resourceGroups: [],
    managementCertificates: [],
  };
}

export function tenant(basics: { id: string; domains: string[]; displayName: string; cloud: string }): Tenant {
  return { ...basics, federatedDomains: [], blockedByConditionalAccess: [] };
}
