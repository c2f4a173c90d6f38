import type { Account } from '../core/account.ts';
import type { TenantToken } from '../core/credential.ts';

/** Who signed in, and the tokens of Resource Manager for all that the account reaches. */
export interface Reach {
  readonly account: Account;
  /** One a tenant, that of the account's own tenant first. */
  readonly managementTokens: readonly [TenantToken, ...TenantToken[]];
}
