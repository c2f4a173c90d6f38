import type { KnownCloudName } from './clouds.ts';

/** Everything the workflow asked for, checked and typed. Nothing after this reads an action input. */
export interface SignInRequest {
  readonly credential: CredentialRequest;
  readonly cloud: CloudRequest;
  readonly subscription: SubscriptionRequest;
  readonly mode: CommandMode;
  readonly configDir: ConfigDirRequest;
  readonly credentialStore: CredentialStoreRequest;
  readonly exports: ExportRequest;
  /** Further scopes or resources to get tokens for, as written, without duplicates. */
  readonly tokenScopes: readonly string[];
  readonly keepAlive: boolean;
  readonly powershell: boolean;
  readonly logout: boolean;
  readonly timeoutSeconds: number;
  readonly maxAttempts: number;
  readonly jobSummary: 'always' | 'on-failure' | 'never';
  readonly maskIds: boolean;
}

/** How to sign in: one shape a method. */
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

/** Those that get access tokens: all but the import of management certificates. */
export type TokenRequest = Exclude<CredentialRequest, PublishSettingsRequest>;

/** Who signs in, by every method of a service principal. */
interface Application {
  readonly clientId: string;
  readonly tenantId: string;
}

export interface OidcRequest extends Application {
  readonly method: 'oidc';
  /** Audience the workflow asked for; without one the cloud's own is used. */
  readonly audience?: string;
  /** Set where `auth-type: oidc` says so; without it the ID token is what is left when no credential is given. */
  readonly byName?: true;
}

export interface ClientSecretRequest extends Application {
  readonly method: 'client-secret';
  readonly clientSecret: string;
}

export interface ClientCertificateRequest extends Application {
  readonly method: 'client-certificate';
  /** A path, PEM text, or base64 of a PEM or PFX file: not yet read. */
  readonly certificate: string;
  /** `''` when none was given: a PFX may have an empty password. */
  readonly certificatePassword: string;
  readonly chain: 'send' | 'omit';
}

export interface ManagedIdentityRequest {
  readonly method: 'managed-identity';
  readonly identity:
    | { readonly kind: 'system-assigned' }
    | { readonly kind: 'user-assigned'; readonly clientId: string };
}

export interface WorkloadIdentityRequest extends Application {
  readonly method: 'workload-identity';
  readonly tokenFile: string;
}

export interface PasswordRequest {
  readonly method: 'password';
  readonly username: string;
  readonly password: string;
  /** `organizations` when the workflow named none. */
  readonly tenantId: string;
}

export type DeviceCodeRequest = Pick<PasswordRequest, 'tenantId'> & { readonly method: 'device-code' };

export interface PublishSettingsRequest {
  readonly method: 'publish-settings';
  /** A path or the XML text: not yet read. */
  readonly publishSettings: string;
  readonly afterImport: 'keep' | 'delete';
}

export type CloudRequest =
  | { readonly kind: 'known'; readonly name: KnownCloudName }
  /** A private cloud or an Azure Stack Hub, whose endpoints are discovered at `resourceManagerUrl`. */
  | { readonly kind: 'discovered'; readonly name: string; readonly resourceManagerUrl: string };

export interface SubscriptionRequest {
  /** Id or name of the default subscription; the first enabled one when absent. */
  readonly wanted?: string;
  /** `named-only` asks Resource Manager for the wanted subscription alone. */
  readonly scope: 'all' | 'named-only';
  /** What an identity without any subscription gets. */
  readonly whenNone: 'refuse' | 'tenant-level-account';
}

/** The classic CLI's command mode: Resource Manager or classic Service Management. */
export type CommandMode = 'arm' | 'asm';

export type ConfigDirRequest =
  | { readonly kind: 'private' }
  /** Absolute path of a folder that other logins may share. */
  | { readonly kind: 'named'; readonly path: string };

/** Where the credential lives while the session lasts. */
export type CredentialStoreRequest =
  | { readonly kind: 'folder' }
  /** `audiences`: the only resources that tokens are handed out for; all where it is empty. */
  | { readonly kind: 'memory'; readonly audiences: readonly string[] };

export interface ExportRequest {
  readonly families: readonly ExportFamily[] | 'none';
  readonly secrets: 'export' | 'withhold';
}

export type ExportFamily = 'azure' | 'terraform';
