import { type Account, accountName, type Principal, type Subscription } from '../azure/account.ts';
import type { Method, SignInRequest } from '../inputs/request.ts';
import type { ImportedCertificates, Session } from '../session.ts';
import type { SessionError, Step } from '../session-error.ts';

/** What the job summary tells of a session that came about. */
export interface SessionSummary {
  readonly account: Account;
  readonly method: Method;
  /** When the first access token ends. */
  readonly expiresOn: Date;
  readonly tools: readonly ToolSummary[];
}

/** How one tool of later steps is signed in. */
export interface ToolSummary {
  readonly tool: string;
  readonly how: string;
}

/** Markdown for a session of either kind. */
export function summaryOf(session: Session, request: SignInRequest): string {
  if (session.kind !== 'account') return importSummary(session);
  const { families } = request.exports;
  return sessionSummary({
    account: session.account,
    method: request.credential.method,
    expiresOn: session.managementTokens[0].expiresOn,
    tools: [
      { tool: 'Azure CLI (az)', how: 'profile folder' },
      { tool: 'classic CLI (azure)', how: `profile folder, mode ${request.mode}` },
      { tool: 'Azure SDKs', how: families.includes('azure') ? 'variables' : 'through az' },
      { tool: 'Terraform', how: families.includes('terraform') ? 'variables' : 'through az' },
      ...(request.powershell ? [{ tool: 'Azure PowerShell', how: 'context' }] : []),
    ],
  });
}

const MOST_SUBSCRIPTIONS = 20;

/** Markdown for a session: who, where, which subscriptions, which tool is signed in how, until when. */
export function sessionSummary({ account, method, expiresOn, tools }: SessionSummary): string {
  const { principal, tenantId, cloud, subscriptions, selected } = account;
  return [
    '## Signed in to Azure',
    table(
      ['session', ''],
      [
        ['account', `${accountName(principal)} (${PRINCIPALS[principal.kind]}, ${method})`],
        ['tenant', tenantId],
        ['cloud', cloud.name],
        ['first token until', `${expiresOn.toISOString().slice(0, 16).replace('T', ' ')} UTC`],
      ],
    ),
    ...(selected.kind === 'subscription'
      ? subscriptionTable(subscriptions, selected.subscription.id)
      : ['No subscription: a tenant-level account.']),
    table(
      ['tool', 'signed in'],
      tools.map(({ tool, how }) => [tool, how]),
    ),
  ].join('\n\n');
}

/** Markdown for an import of management certificates: they sign nobody in, but open classic Service Management. */
export function importSummary({ cloud, subscriptions, selected }: ImportedCertificates): string {
  return [
    '## Signed in to Azure',
    table(
      ['session', ''],
      [
        ['account', 'management certificates (publish-settings)'],
        ['cloud', cloud.name],
      ],
    ),
    ...subscriptionTable(subscriptions, selected.id),
    table(['tool', 'signed in'], [['classic CLI (azure)', 'profile folder, mode asm']]),
  ].join('\n\n');
}

function subscriptionTable(
  subscriptions: readonly Pick<Subscription, 'id' | 'name' | 'state'>[],
  defaultId: string,
): string[] {
  const shown = subscriptions.slice(0, MOST_SUBSCRIPTIONS);
  const rows = shown.map(({ id, name, state }) => [name, id, state, id === defaultId ? 'default' : '']);
  const more = subscriptions.length - shown.length;
  return [table(['subscription', 'id', 'state', 'default'], rows), ...(more > 0 ? [`and ${more} more.`] : [])];
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

function stepMarkdown({ say, run }: Step): string {
  return run === undefined ? inline(say) : `${inline(say)}\n\n${fenced(run, /^az |^date /.test(run) ? 'sh' : 'yaml')}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map((cells) => line(cells.map(inline)))].join('\n');
}

/** Text that Markdown and HTML leave as it is: names and server messages come from outside. Code spans of ours stay. */
function inline(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\[\]!|*_~#@]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A code block whose fence is longer than any in its text, so that the text cannot end it. */
function fenced(text: string, language: 'sh' | 'yaml' | 'text'): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
