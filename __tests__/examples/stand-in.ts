/**
 * Stands in for `az` and `terraform`, so that the examples run on machines without them: uses the session as they would,
 * and records each call. `test:clients` runs the real clients.
 *
 *     stand-in.ts RECORDS NAME [argument …]
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expiryOf } from '../../src/core/jwt.ts';
import type { ServicePrincipalEntry } from '../../src/profile/az-profile.ts';
import { requestToken } from '../action/token-client.ts';

/** A call, with the session that it saw. */
export interface Sighting {
  readonly command: string;
  readonly args: readonly string[];
  readonly folder: string;
  /** The default subscription of the profile, its tenant and account; `''` if the step is not signed in. */
  readonly subscription: string;
  readonly tenantId: string;
  readonly account: string;
  readonly variables: Readonly<Record<string, string>>;
  /** The result of a token request to Entra ID with the federated token of the profile. */
  readonly token: 'granted' | 'not requested' | `AADSTS${string}`;
  /** When the federated token expires, in seconds since 1970; 0 if the profile has none. */
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

if (import.meta.main) {
  const [records = '', command = '', ...args] = process.argv.slice(2);
  const sighting = await observe(command, args);
  const earlier = readSightings(records);
  appendFileSync(records, `${JSON.stringify(sighting)}\n`);
  process.stdout.write(outputOf(args, sighting, earlier));
  if (sighting.token.startsWith('AADSTS')) process.exitCode = 1;
}

export function readSightings(records: string): Sighting[] {
  if (!existsSync(records)) return [];
  const lines = readFileSync(records, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line));
}

async function observe(command: string, args: readonly string[]): Promise<Sighting> {
  const folder = process.env['AZURE_CONFIG_DIR'] ?? '';
  const profile = read<Profile>(join(folder, 'azureProfile.json'), { subscriptions: [] });
  const subscription = profile.subscriptions.find(({ isDefault }) => isDefault);
  const [entry] = read<ServicePrincipalEntry[]>(join(folder, 'service_principal_entries.json'), []);
  const assertion = entry?.client_assertion ?? '';
  const variables = Object.entries(process.env as Record<string, string>);
  return {
    command,
    args,
    folder: process.cwd(),
    subscription: subscription?.name ?? '',
    tenantId: subscription?.tenantId ?? '',
    account: subscription?.user.name ?? '',
    variables: Object.fromEntries(variables.filter(([name]) => /^(AZURE|ARM|ACTIONS_ID_TOKEN)_/.test(name))),
    token: await tokenOf(entry, subscription?.user.assignedIdentityInfo),
    assertionEndsAt: assertion === '' ? 0 : expiryOf(assertion).getTime() / 1000,
  };
}

/** Gets a token as `az` does: with the federated token, or from the endpoint of a session in memory. */
async function tokenOf(entry: ServicePrincipalEntry | undefined, identity = ''): Promise<Sighting['token']> {
  if (entry?.client_assertion) return exchange(entry, entry.client_assertion);
  const [, objectId] = /^MSIObject-(.*)/.exec(identity) ?? [];
  if (objectId === undefined) return 'not requested';
  const { IDENTITY_ENDPOINT = '', IDENTITY_HEADER = '' } = process.env;
  const endpoint = { IDENTITY_ENDPOINT, IDENTITY_HEADER };
  const { status } = await requestToken(endpoint, 'https://management.azure.com', { object_id: objectId });
  return status === 200 ? 'granted' : 'not requested';
}

function read<T>(file: string, fallback: T): T {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8').replace(/^\ufeff/, '')) as T) : fallback;
}

/** Requests a token for a resource of which no client has a cached token. */
async function exchange(entry: ServicePrincipalEntry, assertion: string): Promise<Sighting['token']> {
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

/** A database copy is online once the federated token of its start has expired, and the example has waited for it. */
function outputOf(args: readonly string[], now: Sighting, earlier: readonly Sighting[]): string {
  if (args[0] !== 'sql') return `${now.subscription}\n`;
  if (args[2] !== 'show') return '';
  const expiry = earlier.find(({ args: [, , verb] }) => verb === 'copy')?.assertionEndsAt ?? 0;
  const hasWaited = earlier.some(({ args: [, , verb] }) => verb === 'show');
  return hasWaited && Date.now() / 1000 > expiry + 1 ? 'Online\n' : 'Copying\n';
}
