import { type Cloud, KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { Handover } from '../../src/core/credential.ts';
import type { Account, ManagedSubscription, Principal, Session, Subscription } from '../../src/core/session.ts';
import type { ClientCloud } from '../../src/profile/cloud-definition.ts';
import { contributionOf } from '../../src/profile/contribution.ts';
import type { Documents } from '../../src/profile/documents.ts';
import { newDocuments } from '../../src/profile/login-entries.ts';
import type { LoginFiles } from '../../src/profile/login-files.ts';
import type { FolderNature, SharedLogin } from '../../src/profile/merge.ts';

/** Logins as a sign-in would bring them, made by the same code. */

export const TENANT = '11111111-1111-1111-1111-111111111111';
export const FOUND: FolderNature = {
  origin: 'found',
  encryptsByDefault: false,
  encryptedStores: 'absent',
  installationId: '99999999-0000-0000-0000-000000000000',
};
export const MADE: FolderNature = { ...FOUND, origin: 'made' };

const NOW = new Date('2026-01-02T03:04:05Z');

/** GUID of a subscription, by a number. */
export function sub(number: number): string {
  return `aaaaaaaa-0000-0000-0000-${String(number).padStart(12, '0')}`;
}

export interface LoginOptions {
  readonly subscriptions?: readonly number[];
  readonly tenantId?: string;
  readonly cloud?: Cloud;
  readonly handover?: Handover;
  readonly mode?: 'arm' | 'asm';
}

/** An application; its first subscription is the default. */
export function application(id: string, clientId: string, options: LoginOptions = {}): SharedLogin {
  return login(id, { kind: 'service-principal', clientId, objectId: '' }, options);
}

export function user(id: string, username: string, options: LoginOptions = {}): SharedLogin {
  const grant = {
    source: 'password',
    refreshToken: `refresh-${id}`,
    idToken: '',
    realm: 'organizations',
    homeObjectId: `oid-${username}`,
    homeTenantId: TENANT,
  } as const;
  return login(
    id,
    { kind: 'user', username, objectId: '' },
    { handover: { kind: 'user', grant } as Handover, ...options },
  );
}

/** Subscriptions with a management certificate, as from a publish settings file; the first is the default. */
export function publishSettings(id: string, numbers: readonly number[], cert = `cert-${id}`): SharedLogin {
  const cloud = KNOWN_CLOUDS.AzureCloud;
  const [selected, ...others] = numbers.map(
    (number): ManagedSubscription => ({
      id: sub(number),
      name: `Classic ${number}`,
      managementEndpoint: cloud.serviceManagement,
      cloudName: cloud.name,
      certificate: { key: 'KEY', cert, thumbprint: '00', notAfter: NOW },
      state: 'Unknown',
    }),
  );
  if (selected === undefined) throw new Error('A file without subscriptions is no login.');
  const session: Session = {
    kind: 'management-certificates',
    cloud,
    subscriptions: [selected, ...others],
    selected,
    source: { kind: 'text', text: '' } as never,
  };
  return { id, contribution: contributionOf(session, filesOf(id), NOW), mode: 'asm', laterFiles: [], defaults: [] };
}

export const CERTIFICATE: Handover = {
  kind: 'client-certificate',
  chain: 'omit',
  certificate: {
    certificate: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    chain: [],
    privateKey: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
    thumbprint: '00',
    thumbprintSha256: '00',
    notAfter: NOW,
  },
};

export function assertion(text: string): Handover {
  return { kind: 'assertion', assertion: text, source: { kind: 'github', audience: 'a' } };
}

function login(id: string, principal: Principal, options: LoginOptions): SharedLogin {
  const { subscriptions = [], tenantId = TENANT, cloud = KNOWN_CLOUDS.AzureCloud, mode = 'arm' } = options;
  const listed = subscriptions.map((number) => subscription(number, tenantId));
  const [selected] = listed;
  const account: Account = {
    principal,
    tenantId,
    cloud,
    subscriptions: listed,
    selected: selected === undefined ? { kind: 'tenant-level' } : { kind: 'subscription', subscription: selected },
  };
  const token = {
    token: `token-${id}`,
    expiresOn: new Date(NOW.getTime() + 3_600_000),
    scope: `${cloud.resourceManagerAudience}/.default`,
    tenantId,
  };
  const handover = options.handover ?? { kind: 'client-secret', clientSecret: `secret-${id}` };
  const session: Session = { kind: 'account', account, handover, managementTokens: [token], furtherTokens: [] };
  return { id, contribution: contributionOf(session, filesOf(id), NOW), mode, laterFiles: [], defaults: [] };
}

function filesOf(id: string): Pick<LoginFiles, 'certificate' | 'federatedToken'> {
  const file = (name: string): { name: string; path: string } => ({ name, path: `/profile/${name}` });
  return { certificate: file(`client-certificate-${id}.pem`), federatedToken: file(`federated-token-${id}`) };
}

function subscription(number: number, tenantId: string): Subscription {
  return {
    id: sub(number),
    name: `Sub ${number}`,
    state: 'Enabled',
    tenantId,
    homeTenantId: tenantId,
    managedByTenants: [],
  };
}

/** What a client shows of a subscription: who reaches it, by which certificate, and whether it is the default. */
export interface Seen {
  readonly user?: string;
  readonly cert?: string;
  readonly default?: true;
}

interface Entry {
  readonly id: string;
  readonly user?: { readonly name: string };
  readonly managementCertificate?: { readonly cert: string };
  readonly isDefault?: boolean;
}

/** The subscriptions of a profile by their numbers. */
export function seen({ profile }: Documents): Record<string, Seen> {
  const entries = (profile?.['subscriptions'] ?? []) as readonly Entry[];
  return Object.fromEntries(
    entries.map(({ id, user: account, managementCertificate, isDefault }) => [
      String(Number(id.slice(-12))),
      {
        ...(account === undefined ? {} : { user: account.name }),
        ...(managementCertificate === undefined ? {} : { cert: managementCertificate.cert }),
        ...(isDefault === true ? { default: true as const } : {}),
      },
    ]),
  );
}

/** The INI files of a folder that is made for a login without accounts. */
export function newIniFiles(
  cloudName: string,
  told?: ClientCloud,
  defaults: readonly string[] = [],
): { readonly config: string; readonly clouds: string } {
  const nothing = { subscriptions: [], servicePrincipals: [], classicTokens: [], files: [] };
  const contribution = { cloudName, ...(told === undefined ? {} : { clientCloud: told }), ...nothing };
  const { config = '', clouds = '' } = newDocuments({ contribution, mode: 'arm', defaults }, FOUND.installationId);
  return { config, clouds };
}
