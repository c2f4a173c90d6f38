/**
 * Puts a fresh assertion into the text of `service_principal_entries.json`, where `az` reads it at every command.
 * @returns `undefined` when the file is no list of entries, or has none of this identity: then somebody else took over,
 * and there is nothing to renew
 */
export function withAssertion(
  entriesJson: string,
  identity: { readonly clientId: string; readonly tenantId: string },
  assertion: string,
): readonly unknown[] | undefined {
  const entries = parseEntries(entriesJson);
  const isOurs = (entry: unknown): entry is Record<string, unknown> =>
    typeof entry === 'object' &&
    entry !== null &&
    'client_assertion' in entry &&
    'client_id' in entry &&
    entry.client_id === identity.clientId &&
    'tenant' in entry &&
    entry.tenant === identity.tenantId;
  if (entries === undefined || !entries.some(isOurs)) return undefined;
  return entries.map((entry) => (isOurs(entry) ? { ...entry, client_assertion: assertion } : entry));
}

function parseEntries(json: string): readonly unknown[] | undefined {
  try {
    const entries: unknown = JSON.parse(json);
    return Array.isArray(entries) ? entries : undefined;
  } catch {
    return undefined;
  }
}
