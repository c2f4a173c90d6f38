import type { KnownCloudName } from './clouds.ts';

/** The validated and typed inputs. The sign-in reads no other input. */
export interface SignInRequest {
  readonly credential: CredentialRequest;
  readonly cloud: CloudRequest;
  readonly subscription: SubscriptionRequest;
  readonly mode: CommandMode;
  /** Absolute path of a folder that several logins may share; `''` for a new private folder. */
  readonly configDir: string;
  readonly credentialStore: CredentialStoreRequest;
  readonly exports: ExportRequest;
  /** Additional scopes or resources to get tokens for, as written, without duplicates. */
  readonly tokenScopes: readonly string[];
  readonly keepAlive: boolean;
  readonly powershell: boolean;
  readonly logout: boolean;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  readonly jobSummary: 'always' | 'on-failure' | 'never';
  readonly maskIds: boolean;
}

export type CredentialRequest =
  | OidcRequest
  | ClientSecretRequest
  | ClientCertificateRequest
  | ManagedIdentityRequest
  | WorkloadIdentityRequest
  | PasswordRequest
  | DeviceCodeRequest
  | PublishSettingsRequest;

export type Method = CredentialRequest['method'];

/** The methods that acquire access tokens: all except the import of management certificates. */
export type TokenRequest = Exclude<CredentialRequest, PublishSettingsRequest>;

/** The service principal that signs in. */
interface Application {
  readonly clientId: string;
  readonly tenantId: string;
}

export interface OidcRequest extends Application {
  readonly method: 'oidc';
  /** Overrides the cloud's default audience. */
  readonly audience?: string;
  /** Set if the workflow sets `auth-type: oidc`. Otherwise OIDC is the default, for lack of a credential. */
  readonly byName?: true;
}

export interface ClientSecretRequest extends Application {
  readonly method: 'client-secret';
  readonly clientSecret: string;
}

export interface ClientCertificateRequest extends Application {
  readonly method: 'client-certificate';
  /** A path, PEM text, or base64 of a PEM or PFX file. Not parsed yet. */
  readonly certificate: string;
  /** `''` if there is none: a PFX may have an empty password. */
  readonly certificatePassword: string;
  readonly chain: 'send' | 'omit';
}

export interface ManagedIdentityRequest {
  readonly method: 'managed-identity';
  /** Of a user-assigned identity; `''` for the system-assigned one. */
  readonly clientId: string;
}

export interface WorkloadIdentityRequest extends Application {
  readonly method: 'workload-identity';
  readonly tokenFile: string;
}

export interface PasswordRequest {
  readonly method: 'password';
  readonly username: string;
  readonly password: string;
  /** `organizations` if the workflow specifies none. */
  readonly tenantId: string;
}

export type DeviceCodeRequest = Pick<PasswordRequest, 'tenantId'> & { readonly method: 'device-code' };

export interface PublishSettingsRequest {
  readonly method: 'publish-settings';
  /** A path or XML text. Not parsed yet. */
  readonly publishSettings: string;
  readonly afterImport: 'keep' | 'delete';
}

export type CloudRequest =
  | { readonly kind: 'known'; readonly name: KnownCloudName }
  /** A private cloud or Azure Stack Hub, whose endpoints are discovered from `resourceManagerUrl`. */
  | { readonly kind: 'discovered'; readonly resourceManagerUrl: string };

export interface SubscriptionRequest {
  /** Id or name of the default subscription; if absent, the first enabled one. */
  readonly idOrName?: string;
  /** `named-only` requests only this subscription from Resource Manager. */
  readonly scope: 'all' | 'named-only';
  /** What to do for an identity without any subscription. */
  readonly whenNone: 'refuse' | 'tenant-level-account';
}

/** The classic CLI's command mode: Resource Manager or classic Service Management. */
export type CommandMode = 'arm' | 'asm';

export type CredentialStoreRequest =
  | { readonly kind: 'folder' }
  /** `audiences`: the resources that the agent issues tokens for; if empty, all resources. */
  | { readonly kind: 'memory'; readonly audiences: readonly string[] };

export interface ExportRequest {
  /** Empty for `export-env: none`. */
  readonly families: readonly ExportFamily[];
  readonly secrets: 'export' | 'withhold';
}

export type ExportFamily = 'azure' | 'terraform';
