import { join } from 'node:path';
import { type LoginEntry, variablesOf } from './logins.ts';
import { type Environment, homeFolder } from './machine.ts';
import { NO_TOKEN_CREDENTIALS, type Variables } from './variable-names.ts';

/**
 * The runner can blank a variable but not remove it, and these break their readers when they are empty:
 * `AZURE_TOKEN_CREDENTIALS` the SDK for Go, `AZURE_AUTHORITY_HOST` that for Python. Each gets what a reader without it
 * does first anyway.
 */
export function valuesForUnset(env: Environment): Variables {
  return {
    AZURE_CONFIG_DIR: join(homeFolder(), '.azure'),
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
    AZURE_TOKEN_CREDENTIALS: NO_TOKEN_CREDENTIALS,
    ANSIBLE_AZURE_AUTH_SOURCE: 'auto',
    // Of the two spellings most clients read one alone, and a blank one hides the other.
    NO_PROXY: env['no_proxy'] ?? '',
    no_proxy: env['NO_PROXY'] ?? '',
  };
}

/**
 * A login as a file in its folder may tell it: anyone who can write there could put any earlier value into it, such as the
 * address of a token issuer. So what it set is taken from the file, and of what was before nothing.
 */
export function withoutEarlierValues(entry: LoginEntry, env: Environment): LoginEntry {
  const unset = valuesForUnset(env);
  const variables = variablesOf(entry).map(([name, { set }]) => [name, { set, before: unset[name] ?? '' }]);
  return { ...entry, variables: Object.fromEntries(variables) };
}
