import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ActionStep, Job } from '../../simulator/job.ts';
import type { RequestRecord } from '../../simulator/records.ts';
import type { World } from './world.ts';

/**
 * A sign-in as text, for a snapshot that a person reviews: what was asked of whom, what the log says, the outputs, the
 * variables, the files with their modes, the summary. What differs from run to run or from system to system has a name.
 * @param shown the files whose content is in it
 * @param order of the requests: `any` where some go out at the same time
 */
export function portraitOf(
  world: World,
  job: Job,
  step: ActionStep,
  shown: readonly string[] = [],
  order: 'sent' | 'any' = 'sent',
): string {
  const { log, outputs, exported, summary } = step.result;
  const folder = outputs['config-dir'] ?? '';
  const asked = world.simulator.requests.map(requestLine);
  const sections = {
    asked: order === 'sent' ? asked : asked.sort(),
    said: log
      .split('\n')
      .filter((line) => !/^::add-mask::/.test(line))
      .map((line) => line.replaceAll('%0A', '\n')),
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
  return named(texts.map((text) => `${text.trimEnd()}\n`).join('\n'), world, job, folder);
}

function requestLine({ method, host, path, query, form }: RequestRecord): string {
  const proofs = { client_secret: 'by secret', client_assertion: `by ${form.get('client_assertion')}` };
  const proof = Object.entries(proofs).flatMap(([name, how]) => (form.has(name) ? [how] : []));
  const asked = ['grant_type', 'scope'].flatMap((name) => form.get(name) ?? []);
  return [method, `${host}${path}`, ...(method === 'GET' ? [decodeURIComponent(String(query))] : asked), ...proof].join(
    ' ',
  );
}

function fieldsOf(values: Readonly<Record<string, string>>): string[] {
  return Object.entries(values).map(([name, value]) => `${name}: ${value}`);
}

/** Windows has no modes: there, the access list of the folder above holds. */
function filesBelow(folder: string, above = ''): string[] {
  return readdirSync(join(folder, above))
    .sort()
    .flatMap((name) => {
      const path = above === '' ? name : `${above}/${name}`;
      const found = lstatSync(join(folder, path));
      const isPlain = (found.mode & 0o7777) === (found.isDirectory() ? 0o700 : 0o600) || process.platform === 'win32';
      const kind = found.isDirectory() ? '/' : found.nlink > 1 ? ', which is also elsewhere' : '';
      return [
        `${path.replace(/\.exe$/, '')}${kind}${isPlain ? '' : ` ${(found.mode & 0o7777).toString(8)}`}`,
        ...(found.isDirectory() ? filesBelow(folder, path) : []),
      ];
    });
}

/** JSON as YAML, which is shorter, and any other file as it is. */
function linesOf(name: string, text: string): string[] {
  const readable = name.endsWith('.json') ? stringify(JSON.parse(text.replace(/^\ufeff/, '')), { lineWidth: 0 }) : text;
  return readable.split('\n');
}

/** What a token is for and whose, in the place of the token. */
function tokenName(token: string): string {
  const [head = '', body = ''] = token.split('.');
  const [{ alg, ...header }, { aud, tid }] = [head, body].map(
    (part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>,
  ) as [Record<string, unknown>, Record<string, unknown>];
  const thumbprint = Object.keys(header).filter((name) => name.startsWith('x5'));
  return `<${[alg, ...thumbprint].join(' ')} token for ${aud}${tid === undefined ? '' : ` in ${tid}`}>`;
}

function named(text: string, { simulator, contoso }: World, job: Job, folder: string): string {
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
  const told = text.replaceAll(/eyJ[\w-]+\.[\w-]+\.[\w-]*/g, tokenName);
  const known = Object.entries(names).filter(([value]) => value !== '');
  const plain = known.reduce((rest, [value, name]) => rest.replaceAll(value, `<${name}>`), told);
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
