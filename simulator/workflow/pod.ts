import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Simulator } from '../simulator.ts';
import type { Contoso } from '../world.ts';

const SUBJECT = 'system:serviceaccount:runners:deploy';

/** The variables and the token file of a pod with workload identity. The application then trusts the cluster. */
export async function podVariables(simulator: Simulator, contoso: Contoso): Promise<Record<string, string>> {
  const cluster = await simulator.issuers.add('https://westeurope.oic.prod-aks.azure.com/contoso/cluster/');
  const [github] = contoso.application.federatedCredentials;
  const audiences = github?.audiences ?? [];
  contoso.application.federatedCredentials.push({ name: 'pod', issuer: cluster.url, subject: SUBJECT, audiences });
  const now = Math.floor(Date.now() / 1000);
  const file = join(simulator.folder, 'azure-identity-token');
  writeFileSync(file, cluster.sign({ sub: SUBJECT, aud: audiences, iat: now, nbf: now, exp: now + 3600 }));
  return {
    AZURE_CLIENT_ID: contoso.application.clientId,
    AZURE_TENANT_ID: contoso.tenant.id,
    AZURE_FEDERATED_TOKEN_FILE: file,
  };
}
