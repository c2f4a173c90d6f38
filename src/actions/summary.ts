import { quotable, quotableId } from '../core/foreign-text.ts';
import type { SignInRequest } from '../core/request.ts';
import {
  accountName,
  type ImportedCertificates,
  type Principal,
  type Session,
  type Subscription,
} from '../core/session.ts';
import type { SessionError, Step } from '../core/session-error.ts';
import type { Values } from './runner.ts';

/**
 * Markdown for a session: who, where, which subscriptions, which tool is signed in how, until when.
 * @param variables what later steps get
 */
export function summaryOf(session: Session, request: SignInRequest, variables: Values): string {
  if (session.kind !== 'account') return importSummary(session);
  const { principal, tenantId, cloud, subscriptions, selected } = session.account;
  const [{ expiresOn }] = session.managementTokens;
  return [
    '## Signed in to Azure',
    list([
      `account: ${code(quotable(accountName(principal), 256))} (${PRINCIPALS[principal.kind]}, ${request.credential.method})`,
      `tenant: ${code(quotableId(tenantId))}`,
      `cloud: ${code(quotableId(cloud.name))}`,
      `first token until: ${expiresOn.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ]),
    ...(selected.kind === 'subscription'
      ? subscriptionList(subscriptions, selected.subscription.id)
      : ['No subscription: a tenant-level account.']),
    toolTable(toolsOf(request, variables)),
  ].join('\n\n');
}

/** How each tool of later steps is signed in. */
function toolsOf(
  { exports: { families }, mode, powershell }: SignInRequest,
  variables: Values,
): Record<string, string> {
  const byVariables = families.includes('azure') && variables['AZURE_TOKEN_CREDENTIALS'] !== 'dev';
  return {
    'Azure CLI (az)': 'profile folder',
    'classic CLI (azure)': `profile folder, mode ${mode}`,
    'Azure SDKs': byVariables ? 'variables' : 'through az',
    Terraform: families.includes('terraform') ? 'variables' : 'through az',
    ...(powershell ? { 'Azure PowerShell': 'context' } : {}),
  };
}

const MOST_SUBSCRIPTIONS = 20;

/** Markdown for an import of management certificates: they sign nobody in, but open classic Service Management. */
function importSummary({ cloud, subscriptions, selected }: ImportedCertificates): string {
  return [
    '## Signed in to Azure',
    list(['account: management certificates (publish-settings)', `cloud: ${code(quotableId(cloud.name))}`]),
    ...subscriptionList(subscriptions, selected.id),
    toolTable({ 'classic CLI (azure)': 'profile folder, mode asm' }),
  ].join('\n\n');
}

/** No table: in one, a `|` would have to be escaped within code too. */
function subscriptionList(
  subscriptions: readonly Pick<Subscription, 'id' | 'name' | 'state'>[],
  defaultId: string,
): string[] {
  const shown = subscriptions.slice(0, MOST_SUBSCRIPTIONS);
  const items = shown.map(
    ({ id, name, state }) =>
      `${code(quotableId(name))} (${code(quotableId(id))}, ${code(quotableId(state))})${id === defaultId ? ', the default' : ''}`,
  );
  const more = subscriptions.length - shown.length;
  return ['### Subscriptions', list(items), ...(more > 0 ? [`and ${more} more.`] : [])];
}

const PRINCIPALS: Readonly<Record<Principal['kind'], string>> = {
  'service-principal': 'service principal',
  'managed-identity': 'managed identity',
  user: 'user',
};

/** Markdown for a sign-in that failed: the error, and its remedy as commands to copy. */
export function failureSummary(error: SessionError): string {
  return [
    '## Signing in to Azure failed',
    `**${inline(error.message)}**`,
    ...reasons(error.why),
    ...(error.next.length === 0 ? [] : ['### What to do', ...error.next.map(stepMarkdown)]),
  ].join('\n\n');
}

/** A paragraph a line, which wraps; what is indented stands below each other and keeps its columns. */
function reasons(why: string): string[] {
  const blocks: string[][] = [];
  for (const line of why.split('\n').filter((text) => text !== '')) {
    const last = blocks.at(-1);
    if (isIndented(line) && last?.every(isIndented)) last.push(line);
    else blocks.push([line]);
  }
  return blocks.map((lines) =>
    lines.every(isIndented) ? fenced(lines.map((line) => line.slice(4)).join('\n'), 'text') : inline(lines.join(' ')),
  );
}

function isIndented(line: string): boolean {
  return line.startsWith('    ');
}

function stepMarkdown({ say, command, yaml }: Step): string {
  if (command !== undefined) return `${inline(say)}\n\n${fenced(command, 'sh')}`;
  return yaml === undefined ? inline(say) : `${inline(say)}\n\n${fenced(yaml, 'yaml')}`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** Of our own words alone. */
function toolTable(tools: Readonly<Record<string, string>>): string {
  const rows = Object.entries(tools).map(([tool, how]) => `| ${tool} | ${how} |`);
  return ['| tool | signed in |', '| --- | --- |', ...rows].join('\n');
}

/**
 * A paragraph of a message. What a server says in it is shown as code. So is the whole of it where Markdown or GitHub
 * would find a meaning in any other part, as in the name of a user. Code needs no escapes, and an escape would undo a mask.
 */
function inline(text: string): string {
  const [, item = '', rest = ''] = /^(- )?([\s\S]*)$/.exec(text) ?? [];
  const [, speaker = '', words = rest] = /^([\w' -]+ says: )([\s\S]+)$/.exec(rest) ?? [];
  return `${item}${speaker}${speaker === '' && isPlain(words) ? words : code(words)}`;
}

/** Code spans of our own stay. With a run of two backticks, or an odd one, it is not certain which they are. */
function isPlain(text: string): boolean {
  if (/``|[\r\n]/.test(text)) return false;
  const outside = text.replaceAll(/`[^`]*`/g, '');
  return !/^\s*(?:[-+=]|\d+[.)])|[`\\[\]!|*_~#@<>&$]|:\w+:/.test(outside) && !FOREIGN_LINK.test(outside);
}

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
