import { sanitize } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import type { OidcRequest } from '../core/request.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import { isOfPullRequest, lines, OTHER_CREDENTIAL_MEANT, WHY_SECRET_IS_EMPTY } from './steps.ts';

/** What the sign-in that needs the ID token was asked for by: `byName` where `auth-type` says so. */
type Asked = Pick<OidcRequest, 'byName'>;

const PERMISSION = [
  'Add the permission to the job, or to the whole workflow. A `permissions` block of a job replaces that of the workflow, so it must list everything that the job needs:',
  '| permissions:\n  id-token: write\n  contents: read',
];
/** The likelier cause where `auth-type` does not ask for an ID token: a secret that came out empty. */
const OTHER_CREDENTIAL = [
  OTHER_CREDENTIAL_MEANT,
  WHY_SECRET_IS_EMPTY,
  '`creds` is ignored beside `client-id`, `tenant-id` and `subscription-id`. To sign in as the identity of a machine or a pod, name it in `auth-type`.',
];
const CALLERS = [
  'In a reusable workflow, the job that calls it (the one with `uses:`) needs the same block: a called workflow never gets more than its caller.',
  'A composite action cannot ask for permissions: the job that uses it must ask.',
];
const OTHER_METHOD = 'another method: `client-certificate` or `client-secret` for a service principal.';

/**
 * For a job whose runner was given nothing to ask GitHub for an ID token with.
 * Sources: GitHub Docs, "OpenID Connect reference", "Dependabot on GitHub Actions", "Reusing workflows".
 */
export function missingIdTokenPermission(env: Environment, { byName }: Asked = {}): SessionError {
  const host = foreignHost(env);
  if (host !== undefined) return noIdTokens(host, byName);
  return errorOf([
    'This job may not ask GitHub for an ID token: it lacks the permission `id-token: write`.',
    `${byName ? '' : 'The inputs give no other credential, so the job signs in with its ID token. '}Only a job with that permission gets ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, and they are not set here.`,
    ...PERMISSION,
    ...causeInThisRun(env),
    ...(byName ? [] : OTHER_CREDENTIAL),
    ...CALLERS,
  ]);
}

function causeInThisRun(env: Environment): readonly string[] {
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
    return [
      'Dependabot started this run. Its runs can only read unless the workflow names other permissions, and their secrets come from Settings > Secrets and variables > Dependabot. If such a run needs no Azure, skip the job:',
      "| if: github.actor != 'dependabot[bot]'",
    ];
  }
  if (!isOfPullRequest(env)) return [];
  return [
    'If the pull request comes from a fork, no setting of the workflow gives it an ID token, so that foreign code cannot sign in. Skip the job for forks, or sign in after the merge (`on: push`):',
    '| if: github.event.pull_request.head.repo.full_name == github.repository',
  ];
}

/** The program that runs the workflow, where it is one that issues no ID tokens, or not unless it is told to. */
function foreignHost(env: Environment): string | undefined {
  if (env['ACT'] === 'true') return 'act';
  if (env['FORGEJO_ACTIONS'] === 'true') return 'Forgejo';
  return env['GITEA_ACTIONS'] === 'true' ? 'Gitea' : undefined;
}

function noIdTokens(host: string, byName: Asked['byName']): SessionError {
  return errorOf([
    `${host} gives this job no ID token, and ${byName ? '`auth-type: oidc` needs one' : 'the inputs give no other credential'}.`,
    'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set, and this is not a runner of GitHub.',
    `Here, use ${OTHER_METHOD}`,
    'If a setting of its own makes it issue ID tokens (OpenID Connect), turn that on for this job. Entra ID must reach the issuer from the internet.',
  ]);
}

/**
 * For a runner that names a token service without TLS, as Gitea, Forgejo and a GitHub Enterprise Server do that are
 * served without it. The permission is there then.
 */
export function insecureTokenService({ protocol, host }: URL, env: Environment): SessionError {
  return errorOf([
    `The runner's address for ID tokens is not https, but ${sanitize(`${protocol}//${host}`, 200)}.`,
    'The job has the permission `id-token: write`. But the request for an ID token carries a secret, which is not sent without TLS. Entra ID accepts no issuer without TLS either.',
    `Ask the operator of ${foreignHost(env) ?? 'the server'} to serve it over https, and to set its own URL to that: the runner takes ACTIONS_ID_TOKEN_REQUEST_URL from there. Entra ID must reach the issuer from the internet.`,
    `Until then, use ${OTHER_METHOD}`,
  ]);
}

/**
 * For a request for an ID token that GitHub's token service refused for good.
 * @param message the `message` of its answer; `''` when there was none
 * @param requestId its own id of the request; `''` when it gave none
 */
export function idTokenError(status: number, message: string, requestId = ''): SessionError {
  const [meaning, ...steps] = REFUSALS[status] ?? ['', RUN_AGAIN];
  const words = sanitize(message, 400);
  const why = [
    meaning,
    words === '' ? '' : `GitHub says: ${words}`,
    requestId === '' ? '' : `For support: request id ${sanitize(requestId, 80)}.`,
  ];
  return errorOf([
    `GitHub refused the request for an ID token: HTTP ${status}.`,
    lines(why),
    ...steps,
    'If the error stays, check https://www.githubstatus.com for an incident of Actions.',
  ]);
}

const RUN_AGAIN = 'Run the job again: each run gets a request token of its own.';
const ENDED = [
  "The job's request token is no longer accepted. It lives as long as the job, at most about six hours, and works only while the job runs.",
  RUN_AGAIN,
  'If the job runs for more than six hours, split it, or sign in within the first six.',
] as const;

/** By HTTP status: what it means, and what to do. */
const REFUSALS: Readonly<Record<number, readonly [meaning: string, ...steps: string[]]>> = {
  400: [
    'GitHub did not understand the request, most likely because of the audience.',
    'Leave `audience` out, or give it as the federated credential has it:',
    '| audience: api://AzureADTokenExchange',
  ],
  401: ENDED,
  403: [
    ...ENDED,
    'If there is a proxy between the runner and GitHub, check that it lets *.actions.githubusercontent.com through.',
  ],
  404: [
    'There is no token service at the address in ACTIONS_ID_TOKEN_REQUEST_URL, or the job is no longer known to GitHub.',
    RUN_AGAIN,
    'Check that nothing in the workflow sets ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN.',
  ],
};

/** The warning for a sign-in that any pull request of the repository can make. */
export function pullRequestWarning(subject: string): string {
  const shown = sanitize(subject, 600);
  return [
    `This job signed in as ${shown}, the subject that every pull request of the repository shares.`,
    'Anyone who can push a branch can open a pull request with a changed workflow, and use this identity before a review.',
    `Give the identity no more than read access, or put the sign-in behind an environment with required reviewers and change the federated credential's subject to ${shown.replace(/pull_request$/, 'environment:NAME')}.`,
  ].join(' ');
}
