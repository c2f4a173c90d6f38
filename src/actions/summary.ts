import { utcTime } from '../core/forms.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportFamily, SignInRequest } from '../core/request.ts';
import { sanitize, sanitizeId } from '../core/sanitize.ts';
import {
  accountName,
  defaultSubscription,
  type ImportedCertificates,
  type Principal,
  type Session,
  type SignedIn,
  type Subscription,
} from '../core/session.ts';
import type { SessionError, Step } from '../core/session-error.ts';
import { AZ_TOKEN_CREDENTIALS } from '../core/variable-names.ts';

/** Facts for the summary of a success, in addition to the session. */
interface SuccessFacts {
  /** For example `in 612 ms with 3 requests`. */
  readonly effort: string;
  /** For example `The session lasts until 02:06 UTC.`; `undefined` if it outlasts any job. */
  readonly end: string | undefined;
  /** The environment of later steps. */
  readonly env: Environment;
}

/** Markdown for a session: the account and the clients that are signed in, with a collapsed list of subscriptions. */
export function summaryOf(session: Session, request: SignInRequest, facts: SuccessFacts): string {
  const selected = defaultSubscription(session);
  const title = session.kind === 'account' ? 'Signed in to Azure' : 'Management certificates imported';
  return [
    `## ${title}${selected === undefined ? ', without a subscription' : `: ${code(sanitizeId(selected.name))}`}`,
    session.kind === 'account' ? accountLine(session, request, facts) : importLine(session, facts),
    laterSteps(clientsOf(session, request, facts.env)),
    ...(selected === undefined ? [] : [subscriptionList(session, selected)]),
  ].join('\n\n');
}

type Listed = Pick<Subscription, 'id' | 'name' | 'state'>;

function accountLine(
  { account: { principal, tenantId, cloud } }: SignedIn,
  { credential }: SignInRequest,
  { effort, end = '' }: SuccessFacts,
): string {
  const who = `${code(sanitize(accountName(principal), 256))} (${PRINCIPALS[principal.kind]}, by ${credential.method})`;
  return `${who} in tenant ${code(sanitizeId(tenantId))} of ${code(sanitizeId(cloud.name))}, ${effort}. ${end}`.trim();
}

const PRINCIPALS: Readonly<Record<Principal['kind'], string>> = {
  'service-principal': 'service principal',
  'managed-identity': 'managed identity',
  user: 'user',
};

function importLine({ cloud }: ImportedCertificates, { effort }: SuccessFacts): string {
  return `From publish settings of ${code(sanitizeId(cloud.name))}, ${effort}.`;
}

function laterSteps(clients: readonly string[]): string {
  if (clients.length === 0)
    return 'With `export-env: none` no client is signed in until a step sets `AZURE_CONFIG_DIR` to the output `config-dir`.';
  return `Later steps are signed in with ${clients.join(', ')}.`;
}

/** @param by the source of the client's credential */
function access(client: string, by: string): string {
  return `**${client}** (${by})`;
}

/**
 * The clients that are signed in for later steps. None with `export-env: none`, where each step must set the folder
 * first. The tests with real clients verify these statements.
 */
function clientsOf(session: Session, request: SignInRequest, env: Environment): string[] {
  const { exports, mode, powershell } = request;
  if (exports.families.length === 0) return [];
  if (session.kind === 'management-certificates') return [access('azure', `its profile folder, mode ${mode}`)];
  const inMemory = session.material.kind === 'token-endpoint';
  return [
    access('az', inMemory ? 'memory' : 'its profile folder'),
    ...(inMemory ? [] : [access('azure', classicAccess(session, mode))]),
    ...FAMILIES.flatMap((family) => READERS[family](session, exports.families.includes(family), env)),
    ...(powershell ? [access('Azure PowerShell', 'its context')] : []),
  ];
}

/** The clients that read each family, with the family exported or not. The compiler finds a family that is missing. */
const READERS: Readonly<Record<ExportFamily, (session: SignedIn, hasFamily: boolean, env: Environment) => string[]>> = {
  azure: (session, hasFamily, env) => [access('Azure SDKs', sdkAccess(session, hasFamily, env))],
  terraform: terraformAccess,
};
const FAMILIES = Object.keys(READERS) as ExportFamily[];

/** The classic CLI supports neither federation nor managed identities, so it cannot renew those tokens. */
function classicAccess({ material, managementTokens: [{ expiresOn }] }: SignedIn, mode: SignInRequest['mode']): string {
  const isRenewed = material.kind !== 'assertion' && material.kind !== 'managed-identity';
  return `its profile folder, mode ${mode}${isRenewed ? '' : `, until ${utcTime(expiresOn)}`}`;
}

function sdkAccess({ material }: SignedIn, hasFamily: boolean, env: Environment): string {
  if (!hasFamily || AZ_TOKEN_CREDENTIALS.includes((env['AZURE_TOKEN_CREDENTIALS'] ?? '').toLowerCase()))
    return 'through az';
  if (material.kind === 'token-endpoint') return 'memory';
  return material.kind === 'managed-identity' ? 'the identity of the machine' : 'variables';
}

/** Terraform's provider accepts only users from `az`. */
function terraformAccess({ material: { kind } }: SignedIn, hasFamily: boolean): string[] {
  if (kind === 'user') return [access('Terraform', 'through az')];
  return hasFamily ? [access('Terraform', 'variables')] : [];
}

const MAX_SUBSCRIPTIONS = 20;

/** The default one comes first. A list and not a table, where a `|` would have to be escaped even within code. */
function subscriptionList(session: Session, selected: Listed): string {
  const { subscriptions } = session.kind === 'account' ? session.account : session;
  const sorted: readonly Listed[] = [selected, ...subscriptions.filter(({ id }) => id !== selected.id)];
  const items = sorted
    .slice(0, MAX_SUBSCRIPTIONS)
    .map(({ id, name, state }) => `- ${code(sanitizeId(name))} (${code(sanitizeId(id))}, ${code(sanitizeId(state))})`);
  const more = sorted.length > MAX_SUBSCRIPTIONS ? [`- and ${sorted.length - MAX_SUBSCRIPTIONS} more`] : [];
  const title = sorted.length === 1 ? 'One subscription' : `${sorted.length} subscriptions, the default one first`;
  return collapsible(title, [...items, ...more].join('\n'));
}

/** How often the agent issued a token for a resource to a kind of client, or rejected requests for one reason. */
export interface TokenCount {
  readonly resource: string;
  readonly client: string;
  /** Why the requests were rejected; `''` if tokens were issued. */
  readonly error: string;
  readonly count: number;
}

/** Markdown for the tokens that later steps got from a session in memory. A `|` ends a table cell even within code. */
export function tokenSummary(counts: readonly TokenCount[]): string {
  const cell = (text: string): string => code(text.replaceAll('|', ' '));
  const rows = counts
    .filter(({ error }) => error === '')
    .map(({ resource, client, count }) => `| ${cell(resource)} | ${cell(client)} | ${count} |`);
  const errors = counts
    .filter(({ error }) => error !== '')
    .map(({ error, count }) => `- refused: ${code(error)} (${count})`);
  return [
    '### Tokens of later steps',
    rows.length === 0 ? 'None.' : ['| resource | client | tokens |', '| --- | --- | --- |', ...rows].join('\n'),
    ...(errors.length === 0 ? [] : [errors.join('\n')]),
  ].join('\n\n');
}

/**
 * Markdown for a failed sign-in: the error, and its remediation steps with commands to copy.
 * @param url the section of the documentation; `''` if there is none
 */
export function failureSummary(error: SessionError, url = ''): string {
  return [
    '## Signing in to Azure failed',
    `**${inline(error.message)}**`,
    ...reasons(error.why),
    ...(error.next.length === 0 ? [] : ['### What to do', error.next.map(numbered).join('\n')]),
    ...(url === '' ? [] : [`[More about this failure](${url})`]),
  ].join('\n\n');
}

/** Turns each line into a paragraph, and indented lines into a code block. A server's message is collapsible. */
function reasons(why: string): string[] {
  const blocks = why.match(/(?: {4}[^\n]*(?:\n|$))+|[^\n]+/g) ?? [];
  const shown = blocks.map((block) =>
    block.startsWith('    ') ? fenced(block.trimEnd().replaceAll(/^ {4}/gm, ''), 'text') : inline(block),
  );
  const from = blocks.findIndex((block) => SPEAKER.test(block));
  if (from === -1) return shown;
  const [, , speaker = ''] = SPEAKER.exec(blocks[from] ?? '') ?? [];
  const title = `What ${speaker === 'It' ? 'it' : speaker} says`;
  return [...shown.slice(0, from), collapsible(title, shown.slice(from).join('\n\n'), from === 0 ? 'open' : 'closed')];
}

/** The introduction to a server's message. It contains no text from outside. */
const SPEAKER = /^(([\w' -]+) says: )/;

function numbered({ say, command, yaml }: Step, at: number): string {
  const block = command === undefined ? yaml && fenced(yaml, 'yaml') : fenced(wrapped(command), 'sh');
  const text = block === undefined ? inline(say) : `${inline(say)}\n\n${block}`;
  const bullet = `${at + 1}. `;
  return `${bullet}${text.replaceAll(/\n(?=.)/g, `\n${' '.repeat(bullet.length)}`)}`;
}

const MAX_COMMAND = 80;

/** Breaks a long command before each option and each member of a JSON object, since GitHub does not wrap code. */
function wrapped(command: string): string {
  const words = command.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
  if (command.length <= MAX_COMMAND || words.join(' ') !== command) return command;
  return words
    .map((word) => (word.startsWith("'{") ? word.replaceAll('","', '",\n    "') : word))
    .reduce((line, word) => `${line}${word.startsWith('--') ? ' \\\n  ' : ' '}${word}`);
}

/** @param title must not contain text from outside */
function collapsible(title: string, markdown: string, state: 'open' | 'closed' = 'closed'): string {
  return `<details${state === 'open' ? ' open' : ''}><summary>${title}</summary>\n\n${markdown}\n\n</details>`;
}

/**
 * A paragraph of a message. Shows a server's words as code, and the whole paragraph if another part of it, such as a
 * user name, contains Markdown. Code needs no escapes, which would prevent masking.
 */
function inline(text: string): string {
  const [item = ''] = /^- /.exec(text) ?? [];
  const [speaker = ''] = SPEAKER.exec(text.slice(item.length)) ?? [];
  const words = text.slice(item.length + speaker.length);
  return `${item}${speaker}${speaker === '' && isPlain(words) ? words : code(words)}`;
}

/** Allows the program's own code spans. Double or unpaired backticks make their boundaries ambiguous. */
function isPlain(text: string): boolean {
  if (/``|[\r\n]/.test(text)) return false;
  const outsideCode = text.replaceAll(/`[^`]*`/g, '');
  return !MARKUP.test(outsideCode) && !FOREIGN_LINK.test(outsideCode);
}

/** An underscore within a word, a single tilde and a time such as `10:20:30` are not markup. */
const MARKUP = /^\s*(?:[-+=]|\d+[.)])|[`\\[\]!|*#@<>&$]|(?<!\w)_|_(?!\w)|~.*~|:(?!\d\d:)\w+:/;

/** GitHub turns URLs into links. The program's own messages link only to Microsoft and GitHub. */
const FOREIGN_LINK =
  /https?:\/\/(?!(?:learn\.microsoft\.com|login\.microsoftonline\.com|azure\.status\.microsoft|www\.githubstatus\.com)(?![\w.@:-]))|(?<!\/)www\./i;

/** A code span. Its fence is longer than any run of backticks in the text, so that the text cannot close it. */
function code(text: string): string {
  const line = text.replaceAll(/[\r\n]+/g, ' ').trim();
  const fence = '`'.repeat(longestFence(line) + 1);
  const space = /^`|`$/.test(line) ? ' ' : '';
  return line === '' ? '' : `${fence}${space}${line}${space}${fence}`;
}

function longestFence(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** A code block, with a fence like that of a code span. */
function fenced(text: string, language: 'sh' | 'yaml' | 'text'): string {
  const fence = '`'.repeat(Math.max(3, longestFence(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}
