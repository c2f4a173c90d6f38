/**
 * Stands in for `az` and `terraform`, so that the examples run where neither is installed: it looks at the session that
 * the step has, uses it as they would, and writes both down. `test:clients` has the real ones.
 *
 *     stand-in.ts RECORDS NAME [argument …]
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { askForToken } from '../action/token-client.ts';

/** What one call saw. */
export interface Sighting {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** The default subscription of the profile, with its tenant and who is signed in; `''` where nobody is. */
  readonly subscription: string;
  readonly tenantId: string;
  readonly account: string;
  readonly variables: Readonly<Record<string, string>>;
  /** What came of asking Entra ID for a token by the federated token in the profile. */
  readonly token: 'granted' | 'not asked for' | `AADSTS${string}`;
  /** When that federated token ends, in seconds of Unix time; 0 where there is none. */
  readonly assertionEndsAt: number;
}

interface Profile {
  readonly subscriptions: readonly {
    readonly name: string;
    readonly tenantId: string;
    readonly isDefault: boolean;
    readonly user: { readonly name: string; readonly assignedIdentityInfo?: string };
  }[];
}

interface Entry {
  readonly client_id: string;
  readonly tenant: string;
  readonly client_assertion?: string;
}

if (import.meta.main) {
  const [records = '', command = '', ...args] = process.argv.slice(2);
  const sighting = await look(command, args);
  const earlier = readSightings(records);
  appendFileSync(records, `${JSON.stringify(sighting)}\n`);
  process.stdout.write(answer(args, sighting, earlier));
  if (sighting.token.startsWith('AADSTS')) process.exitCode = 1;
}

export function readSightings(records: string): Sighting[] {
  if (!existsSync(records)) return [];
  return readFileSync(records, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Sighting);
}

async function look(command: string, args: readonly string[]): Promise<Sighting> {
  const folder = process.env['AZURE_CONFIG_DIR'] ?? '';
  const profile = read<Profile>(join(folder, 'azureProfile.json'), { subscriptions: [] });
  const chosen = profile.subscriptions.find(({ isDefault }) => isDefault);
  const [entry] = read<Entry[]>(join(folder, 'service_principal_entries.json'), []);
  const assertion = entry?.client_assertion ?? '';
  return {
    command,
    args,
    folder: process.cwd(),
    subscription: chosen?.name ?? '',
    tenantId: chosen?.tenantId ?? '',
    account: chosen?.user.name ?? '',
    variables: Object.fromEntries(
      Object.entries(process.env).flatMap(([name, value = '']) =>
        /^(AZURE|ARM|ACTIONS_ID_TOKEN)_/.test(name) ? [[name, value] as const] : [],
      ),
    ),
    token: await tokenOf(entry, chosen?.user.assignedIdentityInfo),
    assertionEndsAt: assertion === '' ? 0 : endOf(assertion),
  };
}

/** As `az` gets one: by what the profile says of the account. */
function tokenOf(entry: Entry | undefined, identity: string | undefined): Promise<Sighting['token']> {
  const assertion = entry?.client_assertion ?? '';
  if (entry !== undefined && assertion !== '') return exchange(entry, assertion);
  return identity?.startsWith('MSIObject-')
    ? askEndpoint(identity.replace('MSIObject-', ''))
    : Promise.resolve('not asked for');
}

async function askEndpoint(objectId: string): Promise<Sighting['token']> {
  const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = process.env;
  const { status } = await askForToken({ IDENTITY_ENDPOINT, IDENTITY_HEADER }, 'https://management.azure.com', {
    object_id: objectId,
  });
  return status === 200 ? 'granted' : 'not asked for';
}

function read<T>(file: string, absent: T): T {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as T) : absent;
}

function endOf(assertion: string): number {
  const [, claims = ''] = assertion.split('.');
  return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp;
}

/** For a service that the sign-in did not ask about, so that nothing but the federated token can help. */
async function exchange(entry: Entry, assertion: string): Promise<Sighting['token']> {
  const response = await fetch(`https://login.microsoftonline.com/${entry.tenant}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: entry.client_id,
      grant_type: 'client_credentials',
      scope: 'https://vault.azure.net/.default',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
  });
  const body = (await response.json()) as { access_token?: string; error_codes?: number[] };
  return body.access_token === undefined ? `AADSTS${body.error_codes?.[0] ?? ''}` : 'granted';
}

/** A copy of a database is online once the federated token that it was begun with has ended, and no sooner than somebody waited. */
function answer(args: readonly string[], now: Sighting, earlier: readonly Sighting[]): string {
  if (args[0] !== 'sql') return `${now.subscription}\n`;
  if (args[2] !== 'show') return '';
  const begun = earlier.find(({ args: [, , verb] }) => verb === 'copy')?.assertionEndsAt ?? 0;
  const hasWaited = earlier.some(({ args: [, , verb] }) => verb === 'show');
  return hasWaited && Date.now() / 1000 > begun + 1 ? 'Online\n' : 'Copying\n';
}
