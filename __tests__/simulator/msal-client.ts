/** Signs in with MSAL as `JOBS` says, one after the other, and prints what came of each as a line of JSON. */
import {
  type AuthenticationResult,
  ConfidentialClientApplication,
  ManagedIdentityApplication,
  PublicClientApplication,
} from '@azure/msal-node';

export type MsalJob =
  | {
      readonly kind: 'application';
      readonly auth: ConstructorParameters<typeof ConfidentialClientApplication>[0]['auth'];
      readonly scope: string;
    }
  | { readonly kind: 'password'; readonly authority: string; readonly username: string; readonly password: string }
  | { readonly kind: 'device-code'; readonly authority: string }
  | { readonly kind: 'managed-identity'; readonly resource: string };

const AZURE_CLI = '04b07795-8ddb-461a-bbee-02f9e1bf7b46';
const SCOPES = ['https://management.core.windows.net//.default'];

for (const job of JSON.parse(process.env['JOBS'] ?? '[]') as MsalJob[]) {
  const outcome = await signIn(job).then(
    (result) => result?.accessToken ?? 'nothing',
    (error: Error & { errorNo?: number }) => `refused: ${error.errorNo ?? error.message}`,
  );
  console.log(outcome);
}

async function signIn(job: MsalJob): Promise<AuthenticationResult | null> {
  switch (job.kind) {
    case 'application':
      return await new ConfidentialClientApplication({ auth: job.auth }).acquireTokenByClientCredential({
        scopes: [job.scope],
      });
    case 'managed-identity':
      return await new ManagedIdentityApplication().acquireToken({ resource: job.resource });
    case 'device-code': {
      const client = new PublicClientApplication({ auth: { clientId: AZURE_CLI, authority: job.authority } });
      return await client.acquireTokenByDeviceCode({ scopes: SCOPES, deviceCodeCallback: () => {} });
    }
    case 'password': {
      const client = new PublicClientApplication({ auth: { clientId: AZURE_CLI, authority: job.authority } });
      const { username, password } = job;
      const first = await client.acquireTokenByUsernamePassword({ scopes: SCOPES, username, password });
      if (first?.account === null || first?.account === undefined) return null;
      const { account } = first;
      return await client.acquireTokenSilent({ account, scopes: ['https://vault.azure.net/.default'] });
    }
  }
}
