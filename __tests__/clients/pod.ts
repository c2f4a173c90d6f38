import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../action/world.ts';

const SUBJECT = 'system:serviceaccount:runners:deploy';
const AUDIENCE = 'api://AzureADTokenExchange';

/** What a pod on AKS with workload identity has: a projected token of the cluster's issuer that the application trusts. */
export async function pod({ simulator, contoso }: World): Promise<Record<string, string>> {
  const cluster = await simulator.issuers.add('https://westeurope.oic.prod-aks.azure.com/contoso/cluster/');
  contoso.application.federatedCredentials.push({
    name: 'cluster',
    issuer: cluster.url,
    subject: SUBJECT,
    audiences: [AUDIENCE],
  });
  const now = Math.floor(Date.now() / 1000);
  const file = join(simulator.folder, 'azure-identity-token');
  writeFileSync(file, cluster.sign({ sub: SUBJECT, aud: [AUDIENCE], iat: now, nbf: now, exp: now + 3600 }));
  return { AZURE_FEDERATED_TOKEN_FILE: file };
}
