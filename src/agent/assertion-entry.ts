import { asObject, parseJson } from '../core/json.ts';

/**
 * Puts a fresh assertion into the text of `service_principal_entries.json`, where `az` reads it at every command.
 * @returns `undefined` when the file is no list of entries, or has none of this identity: then somebody else took over,
 * and there is nothing to renew
 */
export function withAssertion(
  entriesJson: string,
  { clientId, tenantId }: { readonly clientId: string; readonly tenantId: string },
  assertion: string,
): readonly unknown[] | undefined {
  const entries = parseJson(entriesJson);
  const isOurs = (entry: unknown): boolean => {
    const { client_id, tenant, client_assertion } = asObject(entry) ?? {};
    return client_id === clientId && tenant === tenantId && client_assertion !== undefined;
  };
  if (!Array.isArray(entries) || !entries.some(isOurs)) return undefined;
  return entries.map((entry) => (isOurs(entry) ? { ...entry, client_assertion: assertion } : entry));
}
