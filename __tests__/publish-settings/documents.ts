import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CertificateOptions, createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { ManagedSubscription } from '../../src/core/session.ts';
import { parsePublishSettings } from '../../src/publish-settings/parse.ts';

export const NOW = new Date();
export const ID = 'aaaaaaaa-0000-0000-0000-000000000001';
export const OTHER_ID = 'aaaaaaaa-0000-0000-0000-000000000002';
export const ENDPOINT = 'https://management.core.windows.net';

/** The certificate in every fixture, as the import returns it. */
export const MANAGEMENT = {
  key: createPrivateKey(fixture('management.key')).export({ type: 'pkcs1', format: 'pem' }).toString(),
  cert: fixture('management.crt').toString(),
  thumbprint: new X509Certificate(fixture('management.crt')).fingerprint.replaceAll(':', ''),
};

export function fixture(name: string): Buffer {
  return readFileSync(join(import.meta.dirname, 'fixtures', name));
}

export function base64(name: string): string {
  return fixture(name).toString('base64');
}

/** A file of schema 1.0: certificate and endpoint on the profile. */
export function schema1(certificate: string, ids: readonly string[], url = `${ENDPOINT}/`): string {
  const subscriptions = ids.map((id, index) => `\r\n    <Subscription Id="${id}" Name="Sub ${index + 1}" />`);
  return [
    '<?xml version="1.0" encoding="utf-8"?>\r\n<PublishData>\r\n',
    `  <PublishProfile PublishMethod="AzureServiceManagementAPI" Url="${url}" ManagementCertificate="${certificate}">`,
    ...subscriptions,
    '\r\n  </PublishProfile>\r\n</PublishData>',
  ].join('');
}

type SubscriptionElement = Readonly<Partial<Record<'id' | 'name' | 'url' | 'certificate', string>>>;

/** A file of schema 2.0: certificate, in base64 or `''` for none, and endpoint on each subscription. */
export function schema2(...subscriptions: readonly SubscriptionElement[]): string {
  const elements = subscriptions.map(({ id = ID, name = 'Sub one', url = ENDPOINT, certificate }) => {
    const own = certificate === '' ? '' : ` ManagementCertificate="${certificate ?? base64('windows.pfx')}"`;
    return `\n    <Subscription ServiceManagementUrl="${url}" Id="${id}" Name="${name}"${own} />`;
  });
  return [
    '<?xml version="1.0" encoding="utf-8"?>\n<PublishData>\n',
    '  <PublishProfile SchemaVersion="2.0" PublishMethod="AzureServiceManagementAPI">',
    ...elements,
    '\n  </PublishProfile>\n</PublishData>\n',
  ].join('');
}

/** A PKCS#12 file with a new certificate, in base64. */
export async function madePkcs12(options: Partial<CertificateOptions>): Promise<string> {
  return pkcs12Of(await createCertificate({ commonName: 'made', ...options }));
}

export function pkcs12Of(source: Parameters<typeof createPfx>[0]): string {
  return createPfx(source, '').toString('base64');
}

/** @param masked receives the masks */
export async function parse(xml: string | Uint8Array, masked: string[] = []): Promise<readonly ManagedSubscription[]> {
  return parsePublishSettings(xml, NOW, (secret) => masked.push(secret));
}
