/** The simulated world's data: plain arrays and objects that a test fills and changes as it likes. */

export interface Tenant {
  id: string;
  /** Verified domains; the first is the default one. */
  domains: string[];
  displayName: string;
  /** Name of the cloud, or of the private cloud with an issuer of its own, that the tenant lives in. */
  cloud: string;
  /** Domains whose users sign in at an identity provider of their own. */
  federatedDomains: string[];
  /** Object ids of principals that a Conditional Access policy keeps out (AADSTS53003). */
  blockedByConditionalAccess: string[];
}

export interface ClientSecret {
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
  /** Tenant of the registration. */
  tenantId: string;
  identifierUris: string[];
  /** Microsoft's own clients may not present a secret, and share their refresh tokens as a family. */
  kind: 'confidential' | 'first-party';
  secrets: ClientSecret[];
  /** PEMs of the registered certificates. */
  certificates: string[];
  /** Subject name and issuer authentication: any certificate of this name that the authority issued. */
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

/** What a tenant asks of a user besides the password. `unregistered` asks too, of a user who has set nothing up. */
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
  /** Wrong passwords in a row; ten lock the account. */
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
  /** Home tenant. */
  tenantId: string;
  /** Name of the cloud or private cloud whose Resource Manager knows it. */
  cloud: string;
  state: 'Enabled' | 'Warned' | 'PastDue' | 'Disabled' | 'Deleted';
  /** Object ids of the principals with a role assignment. */
  roleAssignments: string[];
  /** Tenants that manage it through Azure Lighthouse: their principals see it too. */
  managedByTenants: string[];
  resourceGroups: ResourceGroup[];
  /** PEMs of the management certificates of classic Service Management. */
  managementCertificates: string[];
}

export interface Vault {
  name: string;
  tenantId: string;
  readers: string[];
  secrets: Record<string, string>;
  /** Names of keys; what they encrypt is recognisable and not secret. */
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
  /** The id of the lease that somebody holds. */
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
    const wanted = idOrDomain.toLowerCase();
    return this.tenants.find((tenant) => tenant.id === wanted || tenant.domains.includes(wanted));
  }

  /** By client id or identifier URI. */
  application(clientId: string): Application | undefined {
    const wanted = clientId.toLowerCase();
    return [...this.applications, ...FIRST_PARTY_CLIENTS].find(
      (application) => application.clientId === wanted || application.identifierUris.includes(clientId),
    );
  }

  user(userPrincipalName: string): User | undefined {
    const wanted = userPrincipalName.toLowerCase();
    return this.users.find((user) => user.userPrincipalName.toLowerCase() === wanted);
  }

  subscription(id: string): Subscription | undefined {
    return this.subscriptions.find((subscription) => subscription.id === id.toLowerCase());
  }
}

/** An application registration without any credential. */
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

/** Microsoft's own public clients, which every tenant knows. Source: azure-cli and Az PowerShell. */
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
  return {
    ...basics,
    passwordState: 'valid',
    enabled: true,
    multifactor: 'none',
    failedSignIns: 0,
    guestIn: [],
  };
}

/** An enabled subscription that nobody sees yet. */
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
