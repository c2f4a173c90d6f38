import type { Environment } from '../core/machine.ts';
import { AZ_TOKEN_CREDENTIALS, DEFAULT_TOKEN_CREDENTIALS, type VariableName } from '../core/variable-names.ts';

/**
 * The credential with which `DefaultAzureCredential` gets the session's tokens: one from exported variables, one of the
 * machine, or `az`.
 */
export type SdkCredential =
  | 'client-secret'
  | 'client-certificate'
  | 'workload-identity'
  | 'managed-identity'
  | 'token-endpoint'
  | 'az';

/**
 * The credentials that `DefaultAzureCredential` reads from variables, in the order of its chain. The runner can blank a
 * variable but not remove it. The clients listed here treat a blank `variable` as a configured credential, fail with it
 * and end the chain, but only where all of `requires` is set too, blank or not.
 *
 * Tested with azidentity 1.8 to 1.15 (Go), azure-identity 1.19 to 1.27 (Python), 1.18 (Java), and `@azure/identity`
 * 4.13, which skips all of these credentials.
 */
const CHAIN: readonly {
  /** Absent for a user name and a password: no session exports them, but a workflow may have set them. */
  readonly credential?: SdkCredential;
  readonly variable: VariableName;
  readonly requires: readonly VariableName[];
  readonly clients: string;
}[] = [
  {
    credential: 'client-secret',
    variable: 'AZURE_CLIENT_SECRET',
    requires: ['AZURE_CLIENT_ID'],
    clients: 'Python and Java',
  },
  {
    credential: 'client-certificate',
    variable: 'AZURE_CLIENT_CERTIFICATE_PATH',
    requires: ['AZURE_CLIENT_ID'],
    clients: 'Python and Java',
  },
  { variable: 'AZURE_PASSWORD', requires: ['AZURE_CLIENT_ID', 'AZURE_USERNAME'], clients: 'Python and Java' },
  {
    credential: 'workload-identity',
    variable: 'AZURE_FEDERATED_TOKEN_FILE',
    requires: ['AZURE_CLIENT_ID'],
    clients: 'Go and Java',
  },
];

/**
 * By credential, the values of `AZURE_TOKEN_CREDENTIALS`, in lower case, that keep it in the chain. The values of
 * `AZ_TOKEN_CREDENTIALS` work after every method.
 */
const SELECTING: Readonly<Record<SdkCredential, readonly string[]>> = {
  'client-secret': ['prod', 'environmentcredential'],
  'client-certificate': ['prod', 'environmentcredential'],
  'workload-identity': ['prod', 'workloadidentitycredential'],
  'managed-identity': ['prod', 'managedidentitycredential'],
  'token-endpoint': ['prod', 'managedidentitycredential'],
  az: [],
};
/** Values that exclude every credential that a blank variable could break. */
const UNAFFECTED_BY_BLANKS = [...AZ_TOKEN_CREDENTIALS, 'workloadidentitycredential', 'managedidentitycredential'];

/**
 * The value of `AZURE_TOKEN_CREDENTIALS`, which limits the chain: `dev` to the developer tools, `prod` to the other
 * credentials. The oldest versions that support the variable accept only these two values.
 *
 * - `dev` where only `az` has the credential: otherwise a managed identity of the machine would come first.
 * - `dev` where a blank variable would end the chain. Not for a managed identity, which `az` 2.45 does not detect on
 *   every machine.
 * - `prod` where the current value is blank, which the SDK for Go rejects, or excludes the session's credential.
 *
 * @param exported names of the variables that this login sets
 * @param chosen the value that the workflow set; `''` where it set none
 * @returns `value` is `''` where the variable needs no change
 */
export function tokenCredentials(
  credential: SdkCredential,
  exported: ReadonlySet<string>,
  env: Environment,
  chosen: string,
): { readonly value: 'dev' | 'prod' | ''; readonly warnings: readonly string[] } {
  const choice = chosen.toLowerCase();
  const fits = AZ_TOKEN_CREDENTIALS.includes(choice) || SELECTING[credential].includes(choice);
  if (fits && UNAFFECTED_BY_BLANKS.includes(choice)) return { value: '', warnings: [] };
  if (credential === 'az') return { value: 'dev', warnings: [] };
  const blanks = breakingBlanks(credential, exported, env);
  const byAz = blanks.length > 0 && credential !== 'managed-identity';
  const isFine = fits || env['AZURE_TOKEN_CREDENTIALS'] === undefined;
  return { value: byAz ? 'dev' : isFine ? '' : 'prod', warnings: blanks.map((link) => blankWarning(link, byAz)) };
}

/**
 * Whether the SDKs need `dev`, and so `az`, to get tokens for a login once another login has ended. The other login's
 * end can leave a secret of this one unset, because secrets are never saved and restored, or blank an earlier variable
 * of the chain.
 * @param credential of the remaining login, from `AZURE_SESSION_LOGINS`
 * @param env the variables once the other login has ended
 */
export function needsAz(credential: string, env: Environment): boolean {
  if (!isSdkCredential(credential)) return false;
  const exported = new Set(Object.keys(env).filter((name) => (env[name] ?? '') !== ''));
  const variable = CHAIN.find((link) => link.credential === credential)?.variable;
  const available = variable === undefined || exported.has(variable) ? credential : 'az';
  const current = env['AZURE_TOKEN_CREDENTIALS'] ?? '';
  const chosen = ['dev', DEFAULT_TOKEN_CREDENTIALS].includes(current) ? '' : current;
  return current !== 'dev' && tokenCredentials(available, exported, env, chosen).value === 'dev';
}

function isSdkCredential(name: string): name is SdkCredential {
  return Object.hasOwn(SELECTING, name);
}

type ChainLink = (typeof CHAIN)[number];

/** The blank variables with which a client fails before it tries this credential. */
function breakingBlanks(credential: SdkCredential, exported: ReadonlySet<string>, env: Environment): ChainLink[] {
  const end = CHAIN.findIndex((link) => link.credential === credential);
  const isSet = (name: VariableName): boolean => exported.has(name) || env[name] !== undefined;
  return CHAIN.slice(0, end === -1 ? undefined : end).filter(
    ({ variable, requires }) => !exported.has(variable) && [variable, ...requires].every(isSet),
  );
}

function blankWarning({ variable, clients }: ChainLink, byAz: boolean): string {
  const cause = `${variable} belongs to another way to sign in. The runner can blank it but not remove it, and DefaultAzureCredential for ${clients} fails on a blank one.`;
  const effect = byAz
    ? 'AZURE_TOKEN_CREDENTIALS is set to dev, so that the Azure SDKs sign in through az instead.'
    : 'There the SDK cannot sign in as this identity.';
  return `${cause} ${effect} Set \`export-env: none\` at the earlier sign-in, or remove the variable from the job.`;
}
