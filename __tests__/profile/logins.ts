import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { ClientCloud } from '../../src/profile/cloud-definition.ts';
import type { FolderTraits, SharedLogin } from '../../src/profile/join-folder.ts';
import { loginDataOf, newDocuments } from '../../src/profile/login.ts';

export const FOUND: FolderTraits = { origin: 'found', encryptsByDefault: false, encryptedStores: 'absent' };

export const IMAGE = { extensionDir: '', defaults: [], indexes: new Map(), bicep: '', owner: 'workflow' } as const;

/** A login to a shared folder, of an application without subscriptions. */
export function application(id: string, clientId: string): SharedLogin {
  const cloud = KNOWN_CLOUDS.AzureCloud;
  const tenantId = '11111111-1111-1111-1111-111111111111';
  const principal = { kind: 'service-principal', clientId, objectId: '' } as const;
  const material = { kind: 'client-secret', clientSecret: `secret-${id}` } as const;
  const account = { principal, tenantId, cloud, subscriptions: [], selected: undefined } as const;
  const token = { token: 'token', expiresOn: new Date(), scope: `${cloud.resourceManagerAudience}/.default`, tenantId };
  const file = { name: 'unused', path: '/profile/unused' };
  const loginData = loginDataOf(
    { kind: 'account', account, material, managementTokens: [token], additionalTokens: [] },
    { certificate: file, federatedToken: file, tokenUsage: file },
    new Date(),
  );
  return { id, loginData, mode: 'arm', image: IMAGE };
}

/** The INI files of a new folder, for a login without accounts. */
export function newIniFiles(
  cloudName: string,
  clientCloud?: ClientCloud,
  defaults: readonly string[] = [],
): { readonly config: string; readonly clouds: string } {
  const empty = { subscriptions: [], servicePrincipals: [], classicTokens: [], files: [] };
  const loginData = { cloudName, ...(clientCloud && { clientCloud }), ...empty };
  const { config = '', clouds = '' } = newDocuments({ loginData, mode: 'arm' }, defaults, '');
  return { config, clouds };
}
