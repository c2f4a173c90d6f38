import { KNOWN_CLOUDS } from '../src/azure/clouds.ts';
import {
  APPLICATION_METHODS,
  REMEDIES,
  REMEDY_GROUPS,
  type Remedy,
  type RemedyGroup,
  type SignInFacts,
  templateValues,
  USER_METHODS,
} from '../src/azure/errors/remedies.ts';
import {
  ambiguousSubscription,
  disabledSubscription,
  noSubscriptions,
  RESOURCE_MANAGER_REMEDIES,
  type ResourceManagerRemedy,
  resourceManagerRefused,
  subscriptionNotFound,
} from '../src/azure/errors/resource-manager.ts';
import { filled, filledStep, type StepTemplate, type TemplateValues } from '../src/azure/errors/step-template.ts';
import { idTokenRefused, missingIdTokenPermission } from '../src/credentials/github-errors.ts';
import { whySecretsAreEmpty } from '../src/inputs/empty-secrets.ts';
import type { Method } from '../src/inputs/request.ts';
import type { SessionError, Step } from '../src/session-error.ts';
import { CHAPTERS, type Chapter } from './messages.ts';

/**
 * The troubleshooting page, made from the tables and builders that make the messages themselves, so that both say the
 * same. `node scripts/troubleshooting.ts > docs/troubleshooting.md` renews it; a test compares the two.
 */
export function troubleshootingMarkdown(): string {
  const blocks = [HEAD, index(), ...general(), ...entra(), ...resourceManager(), ...CHAPTERS.flatMap(chapter)];
  return `${blocks.join('\n\n')}\n`;
}

const HEAD = `# Troubleshooting

<!-- Made by scripts/troubleshooting.ts from the tables in src. Change those, not this page. -->

When the sign-in fails, the step ends with one error annotation: what failed, why, and what to do next, with your own ids
filled in. This page has the same advice for every message, to be found by its code or its words.

- \`az\` commands are for Bash, as in Azure Cloud Shell, and are run by somebody who may administer what they change: not
  in the job that failed. YAML goes under \`with:\` of the step unless it says otherwise.
- Replace the words in capitals: \`CLIENT_ID\`, \`TENANT_ID\`, \`SUBSCRIPTION_ID\` and their like.
- The job summary has the same text, unless \`job-summary: never\` is set. Warnings never fail the job.
- The correlation id in a message finds the attempt in the sign-in log: Microsoft Entra admin center > Monitoring & health
  > Sign-in logs.`;

// The index

function index(): string {
  return [
    '## Find your message',
    '',
    '| message | what it means here |',
    '|---|---|',
    ...[...GENERAL, ...SUBSCRIPTION_ERRORS].map(({ title, lead }) => `| ${link(title)} | ${lead} |`),
    `| ${link(EMPTY_VALUES)} | ${EMPTY_VALUES_LEAD} |`,
    ...REMEDIES.map((remedy) => `| ${remedy.codes.map(codeName).map(link).join(' ')} | ${meaningOf(remedy)} |`),
    ...RESOURCE_MANAGER_REMEDIES.map(({ codes, meaning }) => `| ${codes.map(link).join(' ')} | ${meaning} |`),
    '',
    'A code that is not in this table can be looked up at Microsoft: `https://login.microsoftonline.com/error?code=` and',
    'its digits.',
    '',
    'Messages without a code, by what they are about:',
    '',
    ...CHAPTERS.map(({ title, errors }) => `- ${link(title)}: ${beginning(errors)}`),
  ].join('\n');
}

/** A few messages of a chapter, for whoever looks for one. */
function beginning(errors: readonly SessionError[]): string {
  const titles = [...new Set(errors.map(titleOf))];
  const shown = titles.slice(0, 3).map((title) => `"${title}"`);
  return titles.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
}

function link(title: string): string {
  return `[${title}](#${anchorOf(title)})`;
}

function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
}

function codeName(code: string): string {
  return /^\d/.test(code) ? `AADSTS${code}` : code;
}

// Before anything is sent

const EMPTY_VALUES = 'Empty inputs and secrets';
const EMPTY_VALUES_LEAD = 'An input is empty or missing although the workflow gives it a secret.';

const GENERAL: readonly { readonly title: string; readonly lead: string; readonly error: SessionError }[] = [
  {
    title: 'No permission for an ID token',
    lead: 'The message begins: "This job may not ask GitHub for an ID token".',
    error: missingIdTokenPermission({ GITHUB_EVENT_NAME: 'pull_request' }),
  },
  {
    title: 'No ID token for Dependabot',
    lead: 'The same message, in a run that Dependabot started.',
    error: missingIdTokenPermission({ GITHUB_ACTOR: 'dependabot[bot]' }),
  },
  {
    title: 'No ID token outside GitHub',
    lead: 'act, Gitea or Forgejo runs the job and gives it no ID token.',
    error: missingIdTokenPermission({ ACT: 'true' }),
  },
  {
    title: 'ID token refused',
    lead: 'The message begins: "GitHub refused the request for an ID token".',
    error: idTokenRefused(403, ''),
  },
];

function general(): readonly string[] {
  return [
    '## Before anything is sent',
    ...GENERAL.map(({ title, lead, error }) => section(title, [lead, ...reasons(error), stepList(error.next)])),
    section(EMPTY_VALUES, [
      EMPTY_VALUES_LEAD,
      ...new Set(
        [{}, { GITHUB_EVENT_NAME: 'pull_request' }, { GITHUB_ACTOR: 'dependabot[bot]' }].flatMap((env) =>
          whySecretsAreEmpty(env).map((reason) => `- ${reason}`),
        ),
      ),
    ]),
  ];
}

// Entra ID

/** What stands on the page where a message has the user's own values. */
const FACTS: SignInFacts = {
  method: 'oidc',
  cloud: { ...KNOWN_CLOUDS.AzureCloud, name: 'CLOUD', resourceManager: 'RESOURCE_MANAGER_URL' },
  presented: {
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:OWNER/REPO:environment:NAME',
    audience: KNOWN_CLOUDS.AzureCloud.federatedAudience,
  },
};

const READING_SUBJECTS = `The message shows the issuer, the subject and the audience that were presented. Entra ID compares
all three, character by character, with the federated credentials of the client. GitHub makes the subject like this:

| job | subject |
|---|---|
| names an environment, whatever started it | \`repo:OWNER/REPO:environment:NAME\` |
| runs for a pull request | \`repo:OWNER/REPO:pull_request\` |
| runs for a branch | \`repo:OWNER/REPO:ref:refs/heads/BRANCH\` |
| runs for a tag | \`repo:OWNER/REPO:ref:refs/tags/TAG\` |

- Repositories made, renamed or transferred since the middle of 2026, and those that chose it, have ids in it:
  \`repo:OWNER@OWNER_ID/REPO@REPO_ID:…\`. A credential in one form does not match a subject in the other. Take the subject
  from the message, or ask GitHub for its beginning:

  \`\`\`bash
  gh api repos/OWNER/REPO/actions/oidc/customization/sub --jq .sub_claim_prefix
  \`\`\`
- An organisation or a repository can customise the subject, for example with \`job_workflow_ref\` for reusable workflows.
- A subject that ends in \`:pull_request\` is shared by all pull requests of the repository: whoever can push a branch can
  use the identity before a review. Give it no more than read access, or put the sign-in behind an environment.`;

const GROUP_INTRODUCTIONS: Readonly<Partial<Record<RemedyGroup, string>>> = {
  federation: READING_SUBJECTS,
  service:
    'These pass by themselves. The action tries again, `max-attempts` times within `timeout-seconds`, before it gives up.',
};

function entra(): readonly string[] {
  const groups = Object.entries(REMEDY_GROUPS) as [RemedyGroup, string][];
  return groups.flatMap(([group, title]) => [
    `## Entra ID: ${title.charAt(0).toLowerCase()}${title.slice(1)}`,
    ...(GROUP_INTRODUCTIONS[group] === undefined ? [] : [GROUP_INTRODUCTIONS[group]]),
    ...REMEDIES.filter((remedy) => remedy.group === group).map((remedy) =>
      section(
        remedy.codes.map(codeName).join(', '),
        [meaningOf(remedy), templateList(remedy.steps, templateValues(FACTS))],
        remedy.codes.map(codeName),
      ),
    ),
  ]);
}

function meaningOf(remedy: Remedy): string {
  return filled(remedy.meaning, templateValues(FACTS), inCode);
}

// Azure Resource Manager

const IDENTITY = { clientId: 'CLIENT_ID', objectId: '', tenantId: 'TENANT_ID', cloud: FACTS.cloud };
const SUBSCRIPTION = { id: 'SUBSCRIPTION_ID', name: 'NAME', state: 'Disabled' };

const SUBSCRIPTION_ERRORS: readonly { readonly title: string; readonly lead: string; readonly error: SessionError }[] =
  [
    {
      title: 'No subscription',
      lead: 'The sign-in succeeded, but the identity sees no subscription.',
      error: noSubscriptions(IDENTITY),
    },
    {
      title: 'Subscription not found',
      lead: 'The subscription that was named is not among those that the identity sees; the message lists them.',
      error: subscriptionNotFound('WANTED', [{ id: 'SUBSCRIPTION_ID', name: 'NAME', state: 'Enabled' }], IDENTITY),
    },
    {
      title: 'Several subscriptions of one name',
      lead: 'Several subscriptions have the name that was given; the message lists them.',
      error: ambiguousSubscription('NAME', [SUBSCRIPTION, SUBSCRIPTION]),
    },
    {
      title: 'Subscription not enabled',
      lead: 'The subscription that was named, or the only one, is disabled or deleted.',
      error: disabledSubscription(SUBSCRIPTION),
    },
  ];

function resourceManager(): readonly string[] {
  return [
    '## Azure Resource Manager',
    'Entra ID has accepted the identity; what is missing is access to the subscription.',
    ...SUBSCRIPTION_ERRORS.map(({ title, lead, error }) => section(title, [lead, stepList(error.next)])),
    ...RESOURCE_MANAGER_REMEDIES.map(refusedRequest),
  ];
}

function refusedRequest({ codes, meaning }: ResourceManagerRemedy): string {
  const [code = ''] = codes;
  const refusal = { status: 400, code, message: '', correlationId: '', homeTenant: '' };
  const { next } = resourceManagerRefused(refusal, { ...IDENTITY, operation: 'list the subscriptions' });
  return section(codes.join(', '), [meaning, stepList(next)], codes);
}

// Without a code

function chapter({ title, introduction, form, errors }: Chapter): readonly string[] {
  const content =
    form === 'table'
      ? [messageTable(errors)]
      : [...Map.groupBy(errors, titleOf)].map(([message, variants]) => section(message, variants.flatMap(variant)));
  return [`<a id="${anchorOf(title)}"></a>\n\n## ${title}`, introduction, ...content];
}

function titleOf({ message }: SessionError): string {
  return message.replace(/[.:]$/, '');
}

function variant(error: SessionError): readonly string[] {
  return [...reasons(error), ...(error.next.length === 0 ? [] : [stepList(error.next)])];
}

/** Steps with a command, and steps that many messages share, are told once, under a letter. */
const SHARED_BY = 3;

function messageTable(errors: readonly SessionError[]): string {
  const steps = errors.flatMap(({ next }) => next);
  const lettered = [...Map.groupBy(steps, ({ say, run = '' }) => `${say}\n${run}`)].flatMap(
    ([key, [step, ...others]]) =>
      step !== undefined && (step.run !== undefined || others.length + 1 >= SHARED_BY) ? [{ key, step }] : [],
  );
  const letterOf = ({ say, run = '' }: Step): string | undefined => {
    const at = lettered.findIndex(({ key }) => key === `${say}\n${run}`);
    return at === -1 ? undefined : `**${String.fromCharCode(65 + at)}.**`;
  };
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = errors.map(({ message, why, next }) => [
    message,
    why,
    next.map((step) => letterOf(step) ?? step.say).join(' '),
  ]);
  return [
    ...lettered.map(
      ({ step }) => `${letterOf(step)} ${step.say}${step.run === undefined ? '' : `\n\n${fenced(step.run)}`}\n`,
    ),
    '| message | why | what to do |',
    '|---|---|---|',
    ...rows.map((row) => `| ${row.map(cell).join(' | ')} |`.replaceAll('|  |', '| |')),
  ].join('\n');
}

// Markdown

function section(title: string, paragraphs: readonly string[], anchors: readonly string[] = [title]): string {
  const marks = anchors.map((anchor) => `<a id="${anchorOf(anchor)}"></a>`).join('');
  return [marks, `### ${title}`, ...paragraphs].join('\n\n');
}

function reasons(error: SessionError): readonly string[] {
  return error.why === '' ? [] : [error.why];
}

function templateList(templates: readonly StepTemplate[], values: TemplateValues): string {
  return stepList(
    templates.map((template) => {
      const step = filledStep(template, values, inCode);
      return template.methods === undefined ? step : { ...step, say: `${circumstance(template.methods)} ${step.say}` };
    }),
  );
}

function circumstance(methods: readonly Method[]): string {
  if (methods === APPLICATION_METHODS) return 'For an application:';
  if (methods === USER_METHODS) return 'For a user:';
  return `With ${methods.map(inCode).join(' or ')}:`;
}

function stepList(steps: readonly Step[]): string {
  return steps
    .map(({ say, run }) => (run === undefined ? `1. ${say}` : `1. ${say}\n\n${fenced(run).replaceAll(/^/gm, '   ')}`))
    .join('\n');
}

const COMMANDS = /^(?:az|base64|cat|chmod|curl|date|gh|openssl|ssh-keygen|sudo|unset) /;

function fenced(run: string): string {
  return [`\`\`\`${COMMANDS.test(run) ? 'bash' : 'yaml'}`, run, '```'].join('\n');
}

function inCode(value: string): string {
  return `\`${value}\``;
}

if (import.meta.main) process.stdout.write(troubleshootingMarkdown());
