import type { Environment } from '../core/machine.ts';
import { BY_AZ, NO_TOKEN_CREDENTIALS, type VariableName } from '../core/variable-names.ts';

/**
 * How `DefaultAzureCredential` gets to the session: by the variables of a credential, from the machine, or only by way of
 * `az`.
 */
export type Carrier =
  | 'client-secret'
  | 'client-certificate'
  | 'workload-identity'
  | 'managed-identity'
  | 'token-endpoint'
  | 'az';

/**
 * What each carrier comes after in the chain, in the order in which the chain looks. The runner can blank a variable but
 * not remove it, and these libraries take a blank one for a credential that is there, fail with it, and look no further.
 * They do so only where all that the credential wants is there, blank or not.
 *
 * Tried with azidentity 1.8 to 1.15 (Go), azure-identity 1.19 to 1.27 (Python), 1.18 (Java), `@azure/identity` 4.13, which
 * passes over all of them.
 */
const CHAIN: readonly {
  /** Absent for a user name and a password: no session exports them, but a workflow may have set them. */
  readonly carrier?: Carrier;
  readonly blank: VariableName;
  readonly wants: readonly VariableName[];
  readonly clients: string;
}[] = [
  { carrier: 'client-secret', blank: 'AZURE_CLIENT_SECRET', wants: ['AZURE_CLIENT_ID'], clients: 'Python and Java' },
  {
    carrier: 'client-certificate',
    blank: 'AZURE_CLIENT_CERTIFICATE_PATH',
    wants: ['AZURE_CLIENT_ID'],
    clients: 'Python and Java',
  },
  { blank: 'AZURE_PASSWORD', wants: ['AZURE_CLIENT_ID', 'AZURE_USERNAME'], clients: 'Python and Java' },
  {
    carrier: 'workload-identity',
    blank: 'AZURE_FEDERATED_TOKEN_FILE',
    wants: ['AZURE_CLIENT_ID'],
    clients: 'Go and Java',
  },
];

/** Values that leave what leads to the session of the chain, in lower case. After every method `az` does too. */
const DIRECTLY: Readonly<Record<Carrier, readonly string[]>> = {
  'client-secret': ['prod', 'environmentcredential'],
  'client-certificate': ['prod', 'environmentcredential'],
  'workload-identity': ['prod', 'workloadidentitycredential'],
  'managed-identity': ['prod', 'managedidentitycredential'],
  'token-endpoint': ['prod', 'managedidentitycredential'],
  az: [],
};
/** Those that leave nothing that a blank variable could end before. */
const ALONE = [...BY_AZ, 'workloadidentitycredential', 'managedidentitycredential'];

/**
 * `AZURE_TOKEN_CREDENTIALS`, which leaves a part of the chain: `dev` the developer tools, `prod` the rest. The oldest
 * versions that know it know these two words alone.
 *
 * - `dev` where only `az` has the credential: otherwise the identity of a machine, if it has one, would be taken first.
 * - `dev` where a blank variable would end the chain; but not for a managed identity, which `az` 2.45 does not find on
 *   every machine.
 * - `prod` where the variable holds something else: a blank one is fatal to Go, and so is one that leaves the session out.
 *
 * @param exported names that this login gives a value
 * @param chosen the value as the workflow chose it; `''` where it did not, and an earlier login left what is there
 * @returns `value` is `''` where the variable is best left alone
 */
export function tokenCredentials(
  carrier: Carrier,
  exported: ReadonlySet<string>,
  env: Environment,
  chosen: string,
): { readonly value: 'dev' | 'prod' | ''; readonly warnings: readonly string[] } {
  const choice = chosen.toLowerCase();
  const fits = BY_AZ.includes(choice) || DIRECTLY[carrier].includes(choice);
  if (fits && ALONE.includes(choice)) return { value: '', warnings: [] };
  if (carrier === 'az') return { value: 'dev', warnings: [] };
  const ends = chainEnds(carrier, exported, env);
  const byAz = ends.length > 0 && carrier !== 'managed-identity';
  const other = fits || env['AZURE_TOKEN_CREDENTIALS'] === undefined ? '' : 'prod';
  return { value: byAz ? 'dev' : other, warnings: ends.map((end) => warning(end, byAz ? 'by-az' : 'not-at-all')) };
}

/**
 * What the end of another login changes for the one that is left: a secret of its own that was not kept to be given back,
 * or a blank variable before its own in the chain.
 * @param carrier of the login that is left, as `AZURE_SESSION_LOGINS` says
 * @param env the variables as they are from now on
 * @returns whether the SDKs now need `dev` to get to it, by way of `az`
 */
export function needsAz(carrier: string, env: Environment): boolean {
  if (!isCarrier(carrier)) return false;
  const exported = new Set(Object.keys(env).filter((name) => (env[name] ?? '') !== ''));
  const own = CHAIN.find((link) => link.carrier === carrier)?.blank;
  const left = own === undefined || exported.has(own) ? carrier : 'az';
  const held = env['AZURE_TOKEN_CREDENTIALS'] ?? '';
  const chosen = ['dev', NO_TOKEN_CREDENTIALS].includes(held) ? '' : held;
  return held !== 'dev' && tokenCredentials(left, exported, env, chosen).value === 'dev';
}

function isCarrier(name: string): name is Carrier {
  return Object.hasOwn(DIRECTLY, name);
}

type ChainEnd = Pick<(typeof CHAIN)[number], 'blank' | 'clients'>;

function chainEnds(carrier: Carrier, exported: ReadonlySet<string>, env: Environment): ChainEnd[] {
  const end = CHAIN.findIndex((link) => link.carrier === carrier);
  const isThere = (name: VariableName): boolean => exported.has(name) || env[name] !== undefined;
  return CHAIN.slice(0, end === -1 ? undefined : end).filter(
    ({ blank, wants }) => !exported.has(blank) && [blank, ...wants].every(isThere),
  );
}

function warning({ blank, clients }: ChainEnd, reached: 'by-az' | 'not-at-all'): string {
  const cause = `${blank} belongs to another way to sign in. The runner can blank it but not remove it, and DefaultAzureCredential for ${clients} fails on a blank one.`;
  const effect =
    reached === 'by-az'
      ? 'AZURE_TOKEN_CREDENTIALS is set to dev, so that the Azure SDKs come through az instead.'
      : 'There it does not find this identity.';
  return `${cause} ${effect} Set \`export-env: none\` at the earlier sign-in, or remove the variable from the job.`;
}
