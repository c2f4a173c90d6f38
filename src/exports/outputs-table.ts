/** Every output of the action and what it holds. `npm run tables` writes it into `action.yml` and the README. */
export const OUTPUTS = {
  account: 'Who is signed in: a client id, a user name, or `systemAssignedIdentity` and its like.',
  'principal-id': 'Object id of the identity in the tenant.',
  'client-id': 'Client id as used.',
  'tenant-id': 'Tenant id as used.',
  'subscription-id': 'Id of the default subscription.',
  'subscription-name': 'Name of the default subscription.',
  subscriptions:
    'JSON array of the enabled subscriptions and the default as `{id, name, tenantId, state, isDefault}`, for a `matrix`. Cut, with a warning, before it reaches the limit of 1 MB that GitHub sets.',
  environment: 'Name of the cloud.',
  mode: '`arm` or `asm`.',
  'config-dir': 'The profile folder, for `env: AZURE_CONFIG_DIR` of a single step.',
  'expires-on': 'When the Resource Manager access token expires, ISO 8601 in UTC.',
  'access-token': 'Only with `token-scopes`: the access token for the first of them. Masked.',
  'access-tokens': 'Only with `token-scopes`: JSON `{scope: {token, expiresOn}}`. Masked.',
} as const satisfies Readonly<Record<string, string>>;
