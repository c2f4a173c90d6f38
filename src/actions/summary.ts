import { quotable, quotableId } from '../core/foreign-text.ts';
import { utcTime } from '../core/forms.ts';
import type { Environment } from '../core/machine.ts';
import type { ExportFamily, SignInRequest } from '../core/request.ts';
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
import { BY_AZ } from '../core/variable-names.ts';

/** What the summary of a success says beside the session itself. */
interface SuccessFacts {
  /** What the sign-in took: `in 612 ms with 3 requests`. */
  readonly effort: string;
  /** `The session lasts until 02:06 UTC.`; `undefined` where no job reaches its end. */
  readonly end: string | undefined;
  /** The variables of later steps. */
  readonly env: Environment;
}

/** Markdown for a session. A reader sees where they are and with which clients; the subscriptions can be opened. */
export function summaryOf(session: Session, request: SignInRequest, facts: SuccessFacts): string {
  const selected = defaultSubscription(session);
  const title = session.kind === 'account' ? 'Signed in to Azure' : 'Management certificates imported';
  return [
    `## ${title}${selected === undefined ? ', without a subscription' : `: ${code(quotableId(selected.name))}`}`,
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
  const who = `${code(quotable(accountName(principal), 256))} (${PRINCIPALS[principal.kind]}, by ${credential.method})`;
  return `${who} in tenant ${code(quotableId(tenantId))} of ${code(quotableId(cloud.name))}, ${effort}. ${end}`.trim();
}

const PRINCIPALS: Readonly<Record<Principal['kind'], string>> = {
  'service-principal': 'service principal',
  'managed-identity': 'managed identity',
  user: 'user',
};

/** It signs nobody in, but opens classic Service Management. */
function importLine({ cloud }: ImportedCertificates, { effort }: SuccessFacts): string {
  return `From publish settings of ${code(quotableId(cloud.name))}, ${effort}.`;
}

function laterSteps(clients: readonly ClientAccess[]): string {
  if (clients.length === 0)
    return 'With `export-env: none` no client is signed in until a step sets `AZURE_CONFIG_DIR` to the output `config-dir`.';
  return `Later steps are signed in with ${clients.map(({ client, by }) => `**${client}** (${by})`).join(', ')}.`;
}

/** A client that later steps can use, and what signs it in. */
interface ClientAccess {
  readonly client: string;
  readonly by: string;
}

/**
 * The clients that are signed in for later steps, and by what; none with `export-env: none`, where each step has to name
 * the folder first. What a client does with a credential that reaches it is told by the tests with real clients.
 */
function clientsOf(session: Session, request: SignInRequest, env: Environment): ClientAccess[] {
  const { exports, mode, powershell } = request;
  if (exports.families === 'none') return [];
  if (session.kind === 'management-certificates') return [{ client: 'azure', by: `its profile folder, mode ${mode}` }];
  const inMemory = session.material.kind === 'token-endpoint';
  return [
    { client: 'az', by: inMemory ? 'memory' : 'its profile folder' },
    ...(inMemory ? [] : [{ client: 'azure', by: classicAccess(session, mode) }]),
    ...FAMILIES.flatMap((family) => READERS[family](session, exports.families.includes(family), env)),
    ...(powershell ? [{ client: 'Azure PowerShell', by: 'its context' }] : []),
  ];
}

/** Who reads each family, and what signs them in, with the family and without. */
const READERS: Readonly<
  Record<ExportFamily, (session: SignedIn, hasFamily: boolean, env: Environment) => ClientAccess[]>
> = {
  azure: (session, hasFamily, env) => [{ client: 'Azure SDKs', by: sdkAccess(session, hasFamily, env) }],
  terraform: terraformAccess,
};
const FAMILIES = Object.keys(READERS) as ExportFamily[];

/** It knows no federation and no managed identity, and so cannot renew the token that it finds. */
function classicAccess({ material, managementTokens: [{ expiresOn }] }: SignedIn, mode: SignInRequest['mode']): string {
  const isRenewed = material.kind !== 'assertion' && material.kind !== 'managed-identity';
  return `its profile folder, mode ${mode}${isRenewed ? '' : `, until ${utcTime(expiresOn)}`}`;
}

function sdkAccess({ material }: SignedIn, hasFamily: boolean, env: Environment): string {
  if (!hasFamily || BY_AZ.includes((env['AZURE_TOKEN_CREDENTIALS'] ?? '').toLowerCase())) return 'through az';
  if (material.kind === 'token-endpoint') return 'memory';
  return material.kind === 'managed-identity' ? 'the identity of the machine' : 'variables';
}

/** Through `az` its provider takes users alone. */
function terraformAccess({ material: { kind } }: SignedIn, hasFamily: boolean): ClientAccess[] {
  if (kind === 'user') return [{ client: 'Terraform', by: 'through az' }];
  return hasFamily ? [{ client: 'Terraform', by: 'variables' }] : [];
}

const MOST_SUBSCRIPTIONS = 20;

/** The default one comes first. It is no table: in one, a `|` would have to be escaped within code too. */
function subscriptionList(session: Session, selected: Listed): string {
  const { subscriptions } = session.kind === 'account' ? session.account : session;
  const sorted: readonly Listed[] = [selected, ...subscriptions.filter(({ id }) => id !== selected.id)];
  const items = sorted
    .slice(0, MOST_SUBSCRIPTIONS)
    .map(({ id, name, state }) => `- ${code(quotableId(name))} (${code(quotableId(id))}, ${code(quotableId(state))})`);
  const more = sorted.length > MOST_SUBSCRIPTIONS ? [`- and ${sorted.length - MOST_SUBSCRIPTIONS} more`] : [];
  const title = sorted.length === 1 ? 'One subscription' : `${sorted.length} subscriptions, the default one first`;
  return folded(title, [...items, ...more].join('\n'));
}

/** How often a kind of client got a token for a resource, or something was refused for a reason. */
export interface TokenCount {
  readonly resource: string;
  readonly client: string;
  /** The reason; `''` where a token was handed out. */
  readonly refused: string;
  readonly count: number;
}

/** Markdown for what a session in memory gave to later steps. In a table a `|` would end a cell within code too. */
export function tokenSummary(counts: readonly TokenCount[]): string {
  const cell = (text: string): string => code(text.replaceAll('|', ' '));
  const rows = counts
    .filter(({ refused }) => refused === '')
    .map(({ resource, client, count }) => `| ${cell(resource)} | ${cell(client)} | ${count} |`);
  const refused = counts
    .filter(({ refused }) => refused !== '')
    .map(({ refused, count }) => `- refused: ${code(refused)} (${count})`);
  return [
    '### Tokens of later steps',
    rows.length === 0 ? 'None.' : ['| resource | client | tokens |', '| --- | --- | --- |', ...rows].join('\n'),
    ...(refused.length === 0 ? [] : [refused.join('\n')]),
  ].join('\n\n');
}

/**
 * Markdown for a sign-in that failed: the error, and its steps as commands to copy.
 * @param address where the documentation explains it; `''` where there is none
 */
export function failureSummary(error: SessionError, address = ''): string {
  return [
    '## Signing in to Azure failed',
    `**${inline(error.message)}**`,
    ...reasons(error.why),
    ...(error.next.length === 0 ? [] : ['### What to do', error.next.map(numbered).join('\n')]),
    ...(address === '' ? [] : [`[More about this failure](${address})`]),
  ].join('\n\n');
}

/** A paragraph a line, which wraps; what is indented stands below each other. The words of a server are folded. */
function reasons(why: string): string[] {
  const blocks = why.match(/(?: {4}[^\n]*(?:\n|$))+|[^\n]+/g) ?? [];
  const shown = blocks.map((block) =>
    block.startsWith('    ') ? fenced(block.trimEnd().replaceAll(/^ {4}/gm, ''), 'text') : inline(block),
  );
  const from = blocks.findIndex((block) => SPEAKER.test(block));
  if (from === -1) return shown;
  const [, , speaker = ''] = SPEAKER.exec(blocks[from] ?? '') ?? [];
  const title = `What ${speaker === 'It' ? 'it' : speaker} says`;
  return [...shown.slice(0, from), folded(title, shown.slice(from).join('\n\n'), from === 0 ? 'open' : 'closed')];
}

/** Who speaks, in words of our own. */
const SPEAKER = /^(([\w' -]+) says: )/;

function numbered({ say, command, yaml }: Step, at: number): string {
  const block = command === undefined ? yaml && fenced(yaml, 'yaml') : fenced(wrapped(command), 'sh');
  const text = block === undefined ? inline(say) : `${inline(say)}\n\n${block}`;
  const bullet = `${at + 1}. `;
  return `${bullet}${text.replaceAll(/\n(?=.)/g, `\n${' '.repeat(bullet.length)}`)}`;
}

const LONGEST_COMMAND = 80;

/** GitHub does not wrap code, so a long command gets a line for each option, and for each member of a JSON object. */
function wrapped(command: string): string {
  const words = command.match(/(?:'[^']*'|"[^"]*"|\\.|[^\s'"\\])+/g) ?? [];
  if (command.length <= LONGEST_COMMAND || words.join(' ') !== command) return command;
  return words
    .map((word) => (word.startsWith("'{") ? word.replaceAll('","', '",\n    "') : word))
    .reduce((line, word) => `${line}${word.startsWith('--') ? ' \\\n  ' : ' '}${word}`);
}

/** @param title in words of our own */
function folded(title: string, markdown: string, state: 'open' | 'closed' = 'closed'): string {
  return `<details${state === 'open' ? ' open' : ''}><summary>${title}</summary>\n\n${markdown}\n\n</details>`;
}

/**
 * A paragraph of a message. What a server says in it is shown as code. So is the whole of it where Markdown or GitHub
 * would find a meaning in any other part, as in the name of a user. Code needs no escapes, and an escape would undo a mask.
 */
function inline(text: string): string {
  const [item = ''] = /^- /.exec(text) ?? [];
  const [speaker = ''] = SPEAKER.exec(text.slice(item.length)) ?? [];
  const words = text.slice(item.length + speaker.length);
  return `${item}${speaker}${speaker === '' && isPlain(words) ? words : code(words)}`;
}

/** Code spans of our own stay. With a run of two backticks, or an odd one, it is not certain which they are. */
function isPlain(text: string): boolean {
  if (/``|[\r\n]/.test(text)) return false;
  const outside = text.replaceAll(/`[^`]*`/g, '');
  return !MARKUP.test(outside) && !FOREIGN_LINK.test(outside);
}

/** Within a word an underscore means nothing, nor does one tilde, nor the minutes of a time between their colons. */
const MARKUP = /^\s*(?:[-+=]|\d+[.)])|[`\\[\]!|*#@<>&$]|(?<!\w)_|_(?!\w)|~.*~|:(?!\d\d:)\w+:/;

/** GitHub makes links of addresses. Those of our own messages lead to Microsoft and GitHub. */
const FOREIGN_LINK =
  /https?:\/\/(?!(?:learn\.microsoft\.com|login\.microsoftonline\.com|azure\.status\.microsoft|www\.githubstatus\.com)(?![\w.@:-]))|(?<!\/)www\./i;

/** A code span whose fence is longer than any in its text, so that the text cannot end it. */
function code(text: string): string {
  const line = text.replaceAll(/[\r\n]+/g, ' ').trim();
  const fence = '`'.repeat(longestFence(line) + 1);
  const space = /^`|`$/.test(line) ? ' ' : '';
  return line === '' ? '' : `${fence}${space}${line}${space}${fence}`;
}

function longestFence(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** A code block whose fence is longer than any in its text, so that the text cannot end it. */
function fenced(text: string, language: 'sh' | 'yaml' | 'text'): string {
  const fence = '`'.repeat(Math.max(3, longestFence(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}
