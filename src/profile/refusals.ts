import { stringField } from '../core/json.ts';
import { SessionError } from '../core/session-error.ts';
import type { ClientCloud } from './cloud-definition.ts';
import type { Contribution } from './contribution.ts';
import { type Documents, subscriptionsOf } from './documents.ts';
import { rawValue, readOption } from './ini.ts';
import type { FolderNature } from './merge.ts';

/** Refuses a folder whose clients would not see the login, or no longer see what the user has there. */
export function refuseUnfit(documents: Documents, contribution: Contribution, nature: FolderNature): void {
  const { cloudName } = contribution;
  const other = otherCloud(documents, contribution);
  if (other !== undefined) {
    throw new SessionError(`The shared profile belongs to the cloud ${other}; this login is one of ${cloudName}.`, {
      why: 'The Azure CLI shows the subscriptions of one cloud at a time, so the accounts of the other would be lost to it.',
      next: ['Give the logins of each cloud a `config-dir` of their own.'],
    });
  }
  if (encryptsTokens(documents, nature)) {
    throw new SessionError('The shared profile keeps its tokens encrypted, where this login cannot be added.', {
      why: 'The Azure CLI reads either encrypted or plain token stores. Plain ones would hide the accounts that are there.',
      next: [
        'Name another folder in `config-dir`.',
        {
          say: 'Or let the Azure CLI keep plain stores in that folder, and sign in to its other accounts again:',
          command: 'az config set core.encrypt_token_cache=false',
        },
      ],
    });
  }
}

function otherCloud(documents: Documents, { cloudName, clientCloud }: Contribution): string | undefined {
  const { config, servicePrincipals } = documents;
  const subscriptions = subscriptionsOf(documents);
  const other = subscriptions
    .map((entry) => stringField(entry, 'environmentName'))
    .find((name) => name !== '' && name !== cloudName);
  if (other !== undefined) return other;
  if (subscriptions.length === 0 && (servicePrincipals ?? []).length === 0) return undefined;
  const active = readOption(config ?? '', 'cloud', 'name');
  if (active !== undefined && active !== rawValue(cloudName)) return active.replaceAll('%%', '%');
  return clientCloud === undefined ? undefined : namesake(documents, cloudName, clientCloud);
}

/** Private clouds are named by whoever registers them: two may have one name, and not the same endpoints. */
function namesake({ clouds }: Documents, cloudName: string, { azCloud }: ClientCloud): string | undefined {
  const endpoint = (text: string): string => text.toLowerCase().replace(/\/+$/, '');
  const differing = azCloud
    .filter(([name]) => TELLING_ENDPOINTS.includes(name))
    .map(([name, value]) => ({ value, there: readOption(clouds ?? '', cloudName, name) }))
    .find(({ value, there }) => there !== undefined && endpoint(there) !== endpoint(rawValue(value)));
  return differing === undefined ? undefined : `${cloudName} at ${differing.there}`;
}

const TELLING_ENDPOINTS = ['endpoint_resource_manager', 'endpoint_active_directory'];

/** What `az` takes for false; anything but true and false it cannot read at all. Source: CPython, `configparser.py`. */
const FALSE = ['0', 'no', 'false', 'off'];

function encryptsTokens({ config }: Documents, { encryptsByDefault, encryptedStores }: FolderNature): boolean {
  const option = readOption(config ?? '', 'core', 'encrypt_token_cache');
  if (option === undefined) return encryptsByDefault && encryptedStores === 'present';
  return !FALSE.includes(option.toLowerCase());
}
