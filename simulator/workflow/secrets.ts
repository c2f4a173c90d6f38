import { createCertificate, createPfx } from '../certificates.ts';
import type { Contoso } from '../world.ts';

/** The secrets of the simulated repository, for each sign-in method that needs one. */
export async function secretsOf({ application, tenant, clientSecret, certificate, password, subscriptions }: Contoso) {
  const [{ id, displayName, managementCertificates }] = subscriptions;
  const management = await createCertificate({ commonName: 'management' });
  managementCertificates.push(management.certificate);
  const pfx = createPfx(management, '').toString('base64');
  return {
    AZURE_CLIENT_SECRET: clientSecret,
    AZURE_CREDENTIALS: JSON.stringify({ clientId: application.clientId, clientSecret, tenantId: tenant.id }),
    AZURE_CLIENT_CERTIFICATE: `${certificate.certificate}${certificate.privateKey}`,
    AZURE_PASSWORD: password,
    AZURE_PUBLISH_SETTINGS: `<PublishData><PublishProfile SchemaVersion="2.0" PublishMethod="AzureServiceManagementAPI"><Subscription ServiceManagementUrl="https://management.core.windows.net" Id="${id}" Name="${displayName}" ManagementCertificate="${pfx}"/></PublishProfile></PublishData>`,
  };
}
