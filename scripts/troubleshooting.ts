import { helpAnchor } from '../src/actions/report.ts';
import { KNOWN_CLOUDS } from '../src/core/clouds.ts';
import { type SessionError, type Step, stepsOf } from '../src/core/session-error.ts';
import { type SignInFacts, templateValues } from '../src/errors/entra.ts';
import { ENTRA_ERRORS, type EntraErrorGroup } from '../src/errors/entra-codes.ts';
import { idTokenError, insecureTokenService, missingIdTokenPermission } from '../src/errors/github.ts';
import { whySecretsAreEmpty } from '../src/errors/inputs.ts';
import {
  ambiguousSubscription,
  noSubscriptions,
  RESOURCE_MANAGER_ERRORS,
  resourceManagerError,
  subscriptionNotFound,
} from '../src/errors/resource-manager.ts';
import { fillTemplate } from '../src/errors/steps.ts';
import { CHAPTERS, type Chapter } from './messages.ts';

/**
 * The troubleshooting page, made from the tables and builders that make the messages themselves, so that both say the
 * same: a row has what a message means and its first step; the annotation has all of them, with the user's own ids.
 * `node scripts/troubleshooting.ts > docs/troubleshooting.md` renews it; a test compares the two.
 */
export function troubleshootingMarkdown(): string {
  const blocks = [HEAD, ...jobs(), ...entra(), ...resourceManager(), ...CHAPTERS.flatMap(chapter), LATER_STEPS];
  return `${blocks.join('\n\n')}\n`;
}

const HEAD = `# Troubleshooting

<!-- Made by scripts/troubleshooting.ts from the tables in src. Change those, not this page. -->

When the sign-in fails, the step ends with one error annotation: what failed, why, and what to do next, with your own ids
filled in. Find your message here by its code or its words; each row has the first thing to do, the annotation has the rest.

- An administrator runs the \`az\` commands, in Bash, as in Azure Cloud Shell: not in the job that failed. YAML goes under
  \`with:\` of the step unless the row says otherwise. Replace the words in capitals, such as \`CLIENT_ID\`.
- The correlation id in a message finds the attempt in the sign-in log: Microsoft Entra admin center > Monitoring & health
  > Sign-in logs.
- A code that is not on this page: \`https://login.microsoftonline.com/error?code=\` and its digits.
- The sign-in succeeded, but [a later step is not signed in](#a-later-step-is-not-signed-in)?`;

interface Row {
  /** The codes, the message, or a name for it. */
  readonly title: string;
  /** Where the addresses in messages lead. */
  readonly anchors: readonly string[];
  readonly meaning: string;
  readonly step: Step | undefined;
}

function table(heads: string, rows: readonly Row[]): string {
  const made = new Set<string>();
  const line = ({ title, anchors, meaning, step }: Row): string => {
    const own = anchors.filter((anchor) => !made.has(anchor) && made.add(anchor));
    const name = `${own.map((anchor) => `<a id="${anchor}"></a>`).join('')}${title}`;
    return `| ${[name, meaning, step === undefined ? '' : inline(step)].map(cell).join(' | ')} |`;
  };
  return [`| ${heads} |`, '|---|---|---|', ...rows.map(line)].join('\n').replaceAll('|  |', '| |');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function inline({ say, command, yaml }: Step): string {
  const code = command ?? yaml;
  if (code === undefined) return say;
  const lines = code.split('\n').map((line) => inCode(line.trim()));
  return `${say} ${lines.join('<br>')}`;
}

function codeName(code: string): string {
  return /^\d/.test(code) ? `AADSTS${code}` : code;
}

// The ID token, and what GitHub leaves empty

/** An error that is built from what is known of the sign-in, so that the page describes it in words of its own. */
interface Described {
  readonly title: string;
  readonly lead: string;
  readonly error: SessionError;
}

function describedRow({ title, lead, error }: Described, why = ''): Row {
  const meaning = [lead, why].join(' ').trim();
  return { title, anchors: [helpAnchor(error.message)], meaning, step: error.next[0] };
}

const GENERAL: readonly Described[] = [
  {
    title: 'No permission for an ID token',
    lead: 'The message begins: "This job cannot request an ID token from GitHub".',
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
    title: 'ID tokens without TLS',
    lead: 'The message begins: "The runner\'s URL for ID tokens does not use https".',
    error: insecureTokenService(new URL('http://HOST'), {}),
  },
  {
    title: 'ID token request rejected',
    lead: 'The message begins: "GitHub rejected the request for an ID token".',
    error: idTokenError(403, ''),
  },
];

function jobs(): readonly string[] {
  const why = [{}, { GITHUB_EVENT_NAME: 'pull_request' }, { GITHUB_ACTOR: 'dependabot[bot]' }].flatMap((env) =>
    whySecretsAreEmpty(env).map((reason) => `- ${reason}`),
  );
  return [
    '## The job and its secrets',
    table(
      'message | what it means | first step',
      GENERAL.map((described) => describedRow(described, described.error.why)),
    ),
    'An input is empty although the workflow gives it a secret:',
    [...new Set(why)].join('\n'),
  ];
}

// Entra ID

/** What stands on the page where a message has the user's own values. */
const FACTS: SignInFacts = {
  method: 'oidc',
  cloud: { ...KNOWN_CLOUDS.AzureCloud, name: 'CLOUD', resourceManager: 'RESOURCE_MANAGER_URL' },
  presented: {
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:YOUR_ORG@ID/YOUR_REPO@ID:environment:NAME',
    audience: KNOWN_CLOUDS.AzureCloud.federatedAudience,
  },
};

const VALUES = templateValues(FACTS);

const READING_SUBJECTS = `The message shows the issuer, the subject and the audience that were presented. Entra ID compares
all three, character by character, with the federated credentials of the client. GitHub makes the subject like this:

| job | subject |
|---|---|
| names an environment, whatever started it | \`PREFIX:environment:NAME\` |
| runs for a pull request | \`PREFIX:pull_request\` |
| runs for a branch | \`PREFIX:ref:refs/heads/BRANCH\` |
| runs for a tag | \`PREFIX:ref:refs/tags/TAG\` |

- The prefix has the ids of the owner and the repository, as in \`repo:YOUR_ORG@ID/YOUR_REPO@ID\`. In repositories that
  have not been created, renamed or transferred since the middle of 2026 it may have the names alone, as in
  \`repo:YOUR_ORG/YOUR_REPO\`. A credential with one form does not match a subject with the other. Take the subject from
  the message, or ask GitHub for the prefix:

  \`\`\`bash
  gh api repos/YOUR_ORG/YOUR_REPO/actions/oidc/customization/sub --jq .sub_claim_prefix
  \`\`\`
- An organization or a repository can customize the subject, for example with \`job_workflow_ref\` for reusable workflows.
- A subject that ends in \`:pull_request\` is shared by all pull requests of the repository: anyone who can push a branch
  can use the identity before a review. Give it no more than read access, or put the sign-in behind an environment.`;

/** The title of each group, and what stands above its table. */
const GROUPS: Readonly<Record<EntraErrorGroup, readonly string[]>> = {
  federation: ['the federated token (OIDC, workload identity)', READING_SUBJECTS],
  application: ['the application'],
  secret: ['the client secret'],
  certificate: ['the certificate'],
  tenant: ['the tenant and the cloud'],
  user: ['the user account'],
  'device-code': ['the device code'],
  policy: ['policies of the tenant'],
  request: ['what the token is for'],
  service: [
    'transient failures',
    'These pass by themselves. The action retries them, `max-attempts` times within `timeout-seconds`, before it gives up.',
  ],
};

function entra(): readonly string[] {
  return Object.entries(GROUPS).flatMap(([group, [title, ...introduction]]) => [
    `## Entra ID: ${title}`,
    ...introduction,
    table(
      'code | what it means | first step',
      ENTRA_ERRORS.filter((known) => known.group === group).map(
        ({ codes, meaning, steps }): Row => ({
          ...coded(codes.map(codeName)),
          meaning: fillTemplate(meaning.split('\n').at(-1) ?? '', VALUES, inCode),
          step: filledSteps(steps.filter((step) => !step.startsWith('[audience] ')))[0],
        }),
      ),
    ),
  ]);
}

function coded(codes: readonly string[]): Pick<Row, 'title' | 'anchors'> {
  return { title: codes.join(', '), anchors: codes.map((code) => helpAnchor(`Refused: ${code} ().`)) };
}

function filledSteps(texts: readonly string[]): Step[] {
  return stepsOf(texts.map((text) => fillTemplate(text.replace(/^\[.+?\] /, ''), VALUES, inCode)));
}

// Azure Resource Manager

const IDENTITY = { clientId: 'CLIENT_ID', objectId: '', tenantId: 'TENANT_ID', cloud: FACTS.cloud };
const SUBSCRIPTION = { id: 'SUBSCRIPTION_ID', name: 'NAME', state: 'Disabled' };

const SUBSCRIPTION_ERRORS: readonly Described[] = [
  {
    title: 'No subscription',
    lead: 'The sign-in succeeded, but the identity sees no subscription.',
    error: noSubscriptions(IDENTITY),
  },
  {
    title: 'Subscription not found',
    lead: 'The subscription that was named is not among those that the identity sees; the message lists them.',
    error: subscriptionNotFound('WANTED', [{ ...SUBSCRIPTION, state: 'Enabled' }], IDENTITY),
  },
  {
    title: 'Several subscriptions of one name',
    lead: 'Several subscriptions have the name that was given; the message lists them.',
    error: ambiguousSubscription('NAME', [SUBSCRIPTION, SUBSCRIPTION]),
  },
];

function resourceManager(): readonly string[] {
  return [
    '## Azure Resource Manager',
    'Entra ID has accepted the identity; what is missing is access to the subscription.',
    table('code or message | what it means | first step', [
      ...SUBSCRIPTION_ERRORS.map((described) => describedRow(described)),
      ...RESOURCE_MANAGER_ERRORS.map(refusedRequest),
    ]),
  ];
}

type KnownError = (typeof RESOURCE_MANAGER_ERRORS)[number];

function refusedRequest(known: KnownError): Row {
  return {
    ...coded(known.codes.filter((code) => !/^\d/.test(code))),
    meaning: known.meaning,
    step: refused(known).next[0],
  };
}

function refused({ codes: [code = ''] }: KnownError): SessionError {
  const answer = { status: 400, code, message: '', correlationId: '', homeTenant: '' };
  return resourceManagerError(answer, { ...IDENTITY, operation: 'list the subscriptions' });
}

// Without a code

function chapter({ title, introduction, errors }: Chapter): readonly string[] {
  const rows = [...Map.groupBy(errors, titleOf)].flatMap(([title, [error]]) =>
    error === undefined ? [] : [describedRow({ title, lead: error.why, error })],
  );
  return [`## ${title}`, introduction, table('message | why | first step', rows)];
}

function titleOf({ message }: SessionError): string {
  return message.replace(/[.:]$/, '');
}

/** Every step that a message can end with, as its reader would see it. */
export function documentedSteps(): Step[] {
  return [
    ...ENTRA_ERRORS.flatMap(({ steps }) => filledSteps(steps)),
    ...RESOURCE_MANAGER_ERRORS.flatMap((known) => refused(known).next),
    ...[...GENERAL, ...SUBSCRIPTION_ERRORS].flatMap(({ error }) => error.next),
    ...CHAPTERS.flatMap(({ errors }) => errors.flatMap(({ next }) => next)),
  ];
}

const LATER_STEPS = `<a id="a-later-step-is-not-signed-in"></a>

## A later step is not signed in

| what the step says or does | why | what to do |
|---|---|---|
| \`sudo az …\`: Please run 'az login' | \`sudo\` drops \`AZURE_CONFIG_DIR\`. | Keep it: \`sudo --preserve-env=AZURE_CONFIG_DIR az …\` |
| A step that runs as another user is not signed in | The profile folder admits the user of the runner alone. | Sign in as that user, or give the tool a token by \`token-scopes\`. |
| A Docker container action, or \`docker run\`, is not signed in | The container gets no folder of the runner but the ones that are mounted. | Mount the folder and pass the variable: \`docker run -v "$AZURE_CONFIG_DIR":/session -e AZURE_CONFIG_DIR=/session …\` |
| A script reads \`~/.azure\` | The session has a folder of its own. | Let it read \`AZURE_CONFIG_DIR\`, or set \`config-dir: ~/.azure\`. |
| \`az: command not found\` | This action signs in without \`az\` and does not install it. | Install the Azure CLI in a step before. |
| AADSTS700024 in a step minutes later | The federated token has expired and nothing renewed it. | Set \`keep-alive: true\`, the default. A single command that runs longer than its token fails: split it. |
| Terraform: Authenticating using the Azure CLI is only supported as a User (not a Service Principal) | The provider got no variables of the session. | \`export-env: azure, terraform\` |
| An SDK signs in as the machine, or finds no credential | The secret is not exported, so only \`az\` has it; or \`export-env: none\`. | Install \`az\` beside the SDK, use \`auth-type: oidc\`, or set \`export-secrets: true\`. |
| A step of another login of this job is signed in as the wrong identity | The variables are those of the last sign-in. | Set \`AZURE_CONFIG_DIR\` of the step to the output \`config-dir\`, and \`export-env: none\` for the sign-in whose variables no step needs. |`;

function inCode(value: string): string {
  return `\`${value}\``;
}

if (import.meta.main) process.stdout.write(troubleshootingMarkdown());
