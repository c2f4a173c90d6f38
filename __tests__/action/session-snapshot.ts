import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ActionStep, Job } from '../../simulator/job.ts';
import type { RequestRecord } from '../../simulator/records.ts';
import type { World } from './world.ts';

/**
 * A sign-in as text for review: requests, log, outputs, variables, files with unusual modes, and summary. Placeholders
 * replace values that differ between runs or systems.
 * @param shown the files whose content the snapshot includes
 * @param order `any` sorts the requests, if some run at the same time
 */
export function sessionSnapshot(
  world: World,
  job: Job,
  step: ActionStep,
  shown: readonly string[] = [],
  order: 'sent' | 'any' = 'sent',
): string {
  const { log, outputs, exported, summary } = step.result;
  const folder = outputs['config-dir'] ?? '';
  const requests = world.simulator.requests.map(requestLine);
  const sections = {
    requests: order === 'sent' ? requests : requests.sort(),
    log: log
      .replaceAll(/^::add-mask::.*\n?/gm, '')
      .replaceAll('%0A', '\n')
      .split('\n'),
    outputs: fieldsOf(outputs),
    variables: fieldsOf(exported).map((line) =>
      line.replace(/^(AZURE_SESSION_LOGINS|.*CERTIFICATE_PASSWORD): .+/, '$1: …'),
    ),
    files: folder === '' ? [] : filesBelow(folder),
    ...Object.fromEntries(shown.map((name) => [name, linesOf(name, readFileSync(join(folder, name), 'utf8'))])),
    summary: summary.split('\n'),
  };
  const texts = Object.entries(sections).map(
    ([name, lines]) => `${name}\n${lines.join('\n').replaceAll(/^(?=.)/gm, '  ')}`,
  );
  return withPlaceholders(texts.map((text) => `${text.trimEnd()}\n`).join('\n'), world, job, folder);
}

function requestLine({ method, host, path, query, form }: RequestRecord): string {
  const proofs = { client_secret: 'by secret', client_assertion: `by ${form.get('client_assertion')}` };
  const proof = Object.entries(proofs).flatMap(([name, how]) => (form.has(name) ? [how] : []));
  const fields = ['grant_type', 'scope'].flatMap((name) => form.get(name) ?? []);
  const details = method === 'GET' ? [decodeURIComponent(String(query))] : fields;
  return [method, `${host}${path}`, ...details, ...proof].join(' ');
}

function fieldsOf(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}: ${value}`);
}

/** Windows has no modes; files inherit the access list of the folder above. */
function filesBelow(folder: string, above = ''): string[] {
  return readdirSync(join(folder, above))
    .sort()
    .flatMap((name) => {
      const path = above === '' ? name : `${above}/${name}`;
      const stats = lstatSync(join(folder, path));
      const isPlain = (stats.mode & 0o7777) === (stats.isDirectory() ? 0o700 : 0o600) || process.platform === 'win32';
      const kind = stats.isDirectory() ? '/' : stats.nlink > 1 ? ', hard link' : '';
      const mode = isPlain ? '' : ` ${(stats.mode & 0o7777).toString(8)}`;
      const below = stats.isDirectory() ? filesBelow(folder, path) : [];
      return [`${path.replace(/\.exe$/, '')}${kind}${mode}`, ...below];
    });
}

/** Converts JSON to YAML, which is shorter. */
function linesOf(name: string, text: string): string[] {
  const readable = name.endsWith('.json') ? stringify(JSON.parse(text.replace(/^\ufeff/, '')), { lineWidth: 0 }) : text;
  return readable.split('\n');
}

/** A placeholder with the audience and the tenant of the token. */
function tokenName(token: string): string {
  const [head = '', body = ''] = token.split('.');
  const [{ alg, ...header }, { aud, tid }] = [head, body].map(
    (part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>,
  ) as [Record<string, unknown>, Record<string, unknown>];
  const thumbprint = Object.keys(header).filter((name) => name.startsWith('x5'));
  return `<${[alg, ...thumbprint].join(' ')} token for ${aud}${tid === undefined ? '' : ` in ${tid}`}>`;
}

function withPlaceholders(text: string, { simulator, contoso }: World, job: Job, folder: string): string {
  const { application, principalId, user, systemIdentity, userIdentity, subscriptions } = contoso;
  const names: Readonly<Record<string, string>> = {
    [folder]: 'SESSION',
    ...Object.fromEntries(
      (['temp', 'workspace', 'home', 'folder'] as const).map((key) => [job[key], key.toUpperCase()]),
    ),
    [simulator.folder]: 'SIMULATOR',
    [new URL(simulator.github.requestUrl).pathname]: 'IDTOKEN',
    [contoso.certificate.thumbprint]: 'THUMBPRINT',
    [contoso.clientSecret]: 'CLIENT_SECRET',
    [contoso.password]: 'PASSWORD',
    [contoso.tenant.id]: 'TENANT',
    [application.clientId]: 'APP',
    [principalId]: 'PRINCIPAL',
    [user.objectId]: 'USER',
    ...Object.fromEntries(subscriptions.map(({ id, displayName }) => [id, displayName.toUpperCase()])),
    ...Object.fromEntries([systemIdentity, userIdentity].map(({ kind, clientId }) => [clientId, kind.toUpperCase()])),
    ...Object.fromEntries([systemIdentity, userIdentity].map(({ kind, objectId }) => [objectId, `OBJECT OF ${kind}`])),
  };
  const withoutTokens = text.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, tokenName);
  const known = Object.entries(names).filter(([value]) => value !== '');
  const plain = known.reduce((rest, [value, name]) => rest.replaceAll(value, `<${name}>`), withoutTokens);
  return plain
    .replaceAll(/<[A-Z]+>\\[^\s"]*/g, (path) => path.replaceAll('\\', '/'))
    .replaceAll(/-----BEGIN ([A-Z ]+)-----[^-]*-----END \1-----/g, '<$1>')
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, '<TIME>')
    .replaceAll(/\b\d\d:\d\d UTC/g, '<TIME> UTC')
    .replaceAll(/\b1[789]\d{8}\b|(?<=expiresIn: )\d+/g, '<SECONDS>')
    .replaceAll(/\b(?:\d+ ms|\d+\.\d s)\b/g, '<DURATION>')
    .replaceAll(/(127\.0\.0\.1|localhost):\d+/g, '$1:<PORT>')
    .replaceAll(/(?<![\da-f])[\da-f]{16}(?![\da-f-])/g, '<ID>')
    .replaceAll(/(?<=installationId: |request id )[\da-f-]{36}/g, '<ID>')
    .replaceAll(/(?<=refreshToken: |secret: )[\w.-]{60,}/g, '<REFRESH TOKEN>')
    .replaceAll(/ +$/gm, '');
}
