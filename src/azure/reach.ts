import type { TenantToken } from '../credential.ts';
import type { Account } from './account.ts';

/** Who signed in, and the tokens of Resource Manager for all that the account reaches. */
export interface Reach {
  readonly account: Account;
  /** One a tenant, that of the account's own tenant first. */
  readonly managementTokens: readonly [TenantToken, ...TenantToken[]];
}
