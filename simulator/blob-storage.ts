import { createHash, randomUUID } from 'node:crypto';
import { checkBearer } from './bearer.ts';
import { CLOUDS } from './clouds.ts';
import type { Blob, StorageAccount } from './directory.ts';
import type { Call, Reply, Service, ServiceContext } from './exchange.ts';

/**
 * Blob storage for state and small files: get, put, delete, lease, metadata, list. Only tokens are accepted, no shared
 * keys.
 * Source: "Blob Storage REST API".
 */
export class BlobStorage {
  readonly #context: ServiceContext;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  serviceOf(host: string): Service | undefined {
    const cloud = CLOUDS.find(({ storageSuffix }) => host.endsWith(`.blob.${storageSuffix}`));
    const name = host.split('.')[0];
    const account = this.#context.directory.storageAccounts.find((candidate) => candidate.name === name);
    if (cloud === undefined || account === undefined) return undefined;
    return (call) => this.#account(call, account, cloud.loginHosts[0] ?? '');
  }

  async #account(call: Call, account: StorageAccount, login: string): Promise<Reply> {
    const audiences = [STORAGE, `https://${call.host}`].flatMap((name) => [name, `${name}/`]);
    const bearer = await checkBearer(call, this.#context, audiences);
    if (bearer.outcome !== 'valid' || bearer.claims['tid'] !== account.tenantId) {
      const challenge = `Bearer authorization_uri=https://${login}/${account.tenantId}/oauth2/authorize resource_id=${STORAGE}`;
      return errorReply(401, 'NoAuthenticationInformation', { 'WWW-Authenticate': challenge });
    }
    if (!account.contributors.includes(String(bearer.claims['oid']))) {
      return errorReply(403, 'AuthorizationPermissionMismatch');
    }
    const [, container = '', name = ''] = /^\/([^/]+)\/?(.*)$/.exec(decodeURIComponent(call.path)) ?? [];
    const blobs = account.containers[container];
    if (blobs === undefined) return errorReply(404, 'ContainerNotFound');
    return name === '' ? inContainer(call, container, blobs) : onBlob(call, blobs, name);
  }
}

const STORAGE = 'https://storage.azure.com';

function inContainer(call: Call, container: string, blobs: Readonly<Record<string, Blob>>): Reply {
  if (call.query.get('comp') !== 'list') return emptyReply(200);
  const prefix = call.query.get('prefix') ?? '';
  const matching = Object.entries(blobs).filter(([name]) => name.startsWith(prefix));
  const entries = matching.map(([name, blob]) => `<Blob><Name>${xml(name)}</Name>${propertiesXml(blob)}</Blob>`);
  const root = `ServiceEndpoint="https://${call.host}/" ContainerName="${xml(container)}"`;
  return xmlReply(
    200,
    `<EnumerationResults ${root}><Prefix>${xml(prefix)}</Prefix><Blobs>${entries.join('')}</Blobs><NextMarker /></EnumerationResults>`,
  );
}

function onBlob(call: Call, blobs: Record<string, Blob>, name: string): Reply {
  const blob = blobs[name];
  const isLease = call.query.get('comp') === 'lease';
  if (call.method === 'PUT' && call.query.get('comp') === null) return put(call, blobs, name);
  if (blob === undefined) return errorReply(404, 'BlobNotFound');
  if (call.method === 'GET' || call.method === 'HEAD') return read(call, blob);
  if (call.method === 'PUT' && isLease) return lease(call, blob);
  if (!holdsLease(call, blob)) return errorReply(412, 'LeaseIdMissing');
  if (call.method === 'DELETE') {
    delete blobs[name];
    return emptyReply(202);
  }
  if (call.query.get('comp') !== 'metadata') return errorReply(400, 'InvalidQueryParameterValue');
  blob.metadata = metadataOf(call);
  return emptyReply(200, headersOf(blob));
}

function put(call: Call, blobs: Record<string, Blob>, name: string): Reply {
  const existing = blobs[name];
  if (existing !== undefined && call.headers['if-none-match'] === '*') return errorReply(409, 'BlobAlreadyExists');
  if (existing !== undefined && !holdsLease(call, existing)) return errorReply(412, 'LeaseIdMissing');
  const type = call.headers['x-ms-blob-content-type'] ?? call.headers['content-type'] ?? 'application/octet-stream';
  blobs[name] = { content: call.body, type: String(type), metadata: metadataOf(call), lease: existing?.lease };
  return emptyReply(201, headersOf(blobs[name]));
}

function read(call: Call, blob: Blob): Reply {
  const headers = { ...STANDARD, ...headersOf(blob), 'Content-Type': blob.type };
  if (call.query.get('comp') === 'metadata') return emptyReply(200, headers);
  const range = /^bytes=(\d+)-(\d*)$/.exec(String(call.headers['x-ms-range'] ?? call.headers['range'] ?? ''));
  if (range === null) return { status: 200, headers, body: blob.content };
  const bytes = Buffer.from(blob.content);
  const [from, to] = [Number(range[1]), Math.min(Number(range[2] || bytes.length), bytes.length - 1)];
  if (from >= bytes.length) return errorReply(416, 'InvalidRange', { 'Content-Range': `bytes */${bytes.length}` });
  const partial = { 'Content-Range': `bytes ${from}-${to}/${bytes.length}` };
  return { status: 206, headers: { ...headers, ...partial }, body: bytes.subarray(from, to + 1).toString() };
}

function lease(call: Call, blob: Blob): Reply {
  const action = call.headers['x-ms-lease-action'];
  const id = String(call.headers['x-ms-proposed-lease-id'] ?? call.headers['x-ms-lease-id'] ?? randomUUID());
  if (action === 'acquire') {
    if (blob.lease !== undefined && blob.lease !== id) return errorReply(409, 'LeaseAlreadyPresent');
    blob.lease = id;
    return emptyReply(201, { ...headersOf(blob), 'x-ms-lease-id': id });
  }
  if (action === 'break') {
    blob.lease = undefined;
    return emptyReply(202, { ...headersOf(blob), 'x-ms-lease-time': '0' });
  }
  if (blob.lease !== id) return errorReply(409, 'LeaseIdMismatchWithLeaseOperation');
  if (action === 'release') blob.lease = undefined;
  return emptyReply(200, headersOf(blob));
}

function holdsLease(call: Call, blob: Blob): boolean {
  return blob.lease === undefined || call.headers['x-ms-lease-id'] === blob.lease;
}

const METADATA = 'x-ms-meta-';

function metadataOf(call: Call): Record<string, string> {
  const metadata = Object.entries(call.headers).filter(([name]) => name.startsWith(METADATA));
  return Object.fromEntries(metadata.map(([name, value]) => [name.slice(METADATA.length), String(value)]));
}

function headersOf(blob: Blob): Record<string, string> {
  return {
    ETag: etag(blob),
    'Last-Modified': new Date().toUTCString(),
    'x-ms-blob-type': 'BlockBlob',
    'x-ms-lease-state': blob.lease === undefined ? 'available' : 'leased',
    'x-ms-lease-status': blob.lease === undefined ? 'unlocked' : 'locked',
    ...Object.fromEntries(Object.entries(blob.metadata).map(([name, value]) => [METADATA + name, value])),
  };
}

function propertiesXml(blob: Blob): string {
  const properties = {
    'Last-Modified': new Date().toUTCString(),
    Etag: etag(blob),
    'Content-Length': String(Buffer.byteLength(blob.content)),
    'Content-Type': blob.type,
    BlobType: 'BlockBlob',
  };
  const elements = Object.entries(properties).map(([name, value]) => `<${name}>${xml(value)}</${name}>`);
  return `<Properties>${elements.join('')}</Properties>`;
}

function etag(blob: Blob): string {
  return `"0x${createHash('sha256').update(JSON.stringify(blob)).digest('hex').slice(0, 16).toUpperCase()}"`;
}

const STANDARD = { 'x-ms-version': '2023-11-03', 'x-ms-request-id': '00000000-0000-0000-0000-000000000000' };

function emptyReply(status: number, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { ...STANDARD, ...headers }, body: '' };
}

function errorReply(status: number, code: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = `<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
  return xmlReply(status, body, { ...headers, 'x-ms-error-code': code });
}

function xmlReply(status: number, body: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return {
    status,
    headers: { ...STANDARD, 'Content-Type': 'application/xml', ...headers },
    body: `<?xml version="1.0" encoding="utf-8"?>${body}`,
  };
}

function xml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
