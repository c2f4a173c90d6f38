import { join } from 'node:path';
import { type LoginEntry, variablesOf } from './logins.ts';
import { type Environment, homeFolder } from './machine.ts';
import { DEFAULT_TOKEN_CREDENTIALS, type Variables } from './variable-names.ts';

/**
 * The runner can blank a variable but not remove it, and some clients fail on a blank one: the SDK for Go on
 * `AZURE_TOKEN_CREDENTIALS`, the SDK for Python on `AZURE_AUTHORITY_HOST`. So these get what a client without the
 * variable tries first.
 */
export function valuesForUnset(env: Environment): Variables {
  return {
    AZURE_CONFIG_DIR: join(homeFolder(), '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    AZURE_TOKEN_CREDENTIALS: DEFAULT_TOKEN_CREDENTIALS,
    ANSIBLE_AZURE_AUTH_SOURCE: 'auto',
    // Most clients read only the first spelling that is set, and a blank one hides the other.
    NO_PROXY: env['no_proxy'] ?? '',
    no_proxy: env['NO_PROXY'] ?? '',
  };
}

/**
 * The entry for the record in the login's folder, without the earlier values: any process that can write there could
 * plant one, such as the URL of a token issuer. Signing out restores defaults instead.
 */
export function withoutEarlierValues(entry: LoginEntry, env: Environment): LoginEntry {
  const unset = valuesForUnset(env);
  const variables = variablesOf(entry).map(([name, { set }]) => [name, { set, before: unset[name] ?? '' }]);
  return { ...entry, variables: Object.fromEntries(variables) };
}
