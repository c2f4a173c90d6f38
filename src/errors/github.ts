import type { Environment } from '../core/machine.ts';
import type { OidcRequest } from '../core/request.ts';
import { sanitize } from '../core/sanitize.ts';
import { errorOf, type SessionError } from '../core/session-error.ts';
import { isPullRequestEvent, joinLines, OTHER_CREDENTIAL_MEANT, SKIP_FORKS, WHY_SECRET_IS_EMPTY } from './steps.ts';

/** `byName` is set if `auth-type` selects the ID token. */
type Choice = Pick<OidcRequest, 'byName'>;

const PERMISSION = [
  'Add the permission to the job, or to the whole workflow. The `permissions` block of a job replaces that of the workflow, so list every permission that the job needs:',
  '| permissions:\n  id-token: write\n  contents: read',
];
/** The likelier cause if `auth-type` does not select the ID token: an empty secret. */
const OTHER_CREDENTIAL = [
  OTHER_CREDENTIAL_MEANT,
  WHY_SECRET_IS_EMPTY,
  'If you use `creds`, remove `client-id`, `tenant-id` and `subscription-id`: each of them overrides it. To sign in as a managed identity or a workload identity, set `auth-type`.',
];
const CALLERS = [
  'For a reusable workflow, add the same block to the job that calls it (the one with `uses:`): a called workflow never gets more permissions than its caller.',
  'For a composite action, add the permission to the job that uses it: a composite action cannot request permissions itself.',
];
const OTHER_METHOD = 'another method: `client-certificate` or `client-secret` for a service principal.';

/**
 * For a job without the variables for requesting an ID token from GitHub.
 * Sources: GitHub Docs, "OpenID Connect reference", "Dependabot on GitHub Actions", "Reusing workflows".
 */
export function missingIdTokenPermission(env: Environment, { byName }: Choice = {}): SessionError {
  const host = nonGitHubHost(env);
  if (host !== undefined) return noIdTokens(host, byName);
  return errorOf([
    'This job cannot request an ID token from GitHub: it lacks the permission `id-token: write`.',
    `${byName ? '' : 'The inputs contain no other credential, so the job signs in with its ID token. '}Only a job with that permission gets ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, and they are not set here.`,
    ...PERMISSION,
    ...causeInThisRun(env),
    ...(byName ? [] : OTHER_CREDENTIAL),
    ...CALLERS,
  ]);
}

function causeInThisRun(env: Environment): readonly string[] {
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
    return [
      'Dependabot started this run. Its runs are read-only unless the workflow sets other permissions, and their secrets come from Settings > Secrets and variables > Dependabot. If such a run does not need Azure, skip the job:',
      "| if: github.actor != 'dependabot[bot]'",
    ];
  }
  if (!isPullRequestEvent(env)) return [];
  return [
    'If the pull request comes from a fork, no workflow setting gives it an ID token, so that untrusted code cannot sign in. Skip the job for forks, or sign in after the merge (`on: push`):',
    SKIP_FORKS,
  ];
}

/** The name of a program other than GitHub Actions that runs the workflow: by default it issues no ID tokens. */
function nonGitHubHost(env: Environment): string | undefined {
  if (env['ACT'] === 'true') return 'act';
  if (env['FORGEJO_ACTIONS'] === 'true') return 'Forgejo';
  return env['GITEA_ACTIONS'] === 'true' ? 'Gitea' : undefined;
}

function noIdTokens(host: string, byName: Choice['byName']): SessionError {
  return errorOf([
    `${host} gives this job no ID token, and ${byName ? '`auth-type: oidc` needs one' : 'the inputs contain no other credential'}.`,
    'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set, and this is not a GitHub Actions runner.',
    `Use ${OTHER_METHOD}`,
    `If ${host} has a setting that issues ID tokens (OpenID Connect), turn it on for this job. Entra ID must be able to reach the issuer from the internet.`,
  ]);
}

/**
 * For a token service without TLS, as on a Gitea, Forgejo or GitHub Enterprise Server that is served without TLS. The
 * job has the permission in this case.
 */
export function insecureTokenService({ protocol, host }: URL, env: Environment): SessionError {
  return errorOf([
    `The runner's URL for ID tokens does not use https: ${sanitize(`${protocol}//${host}`, 200)}.`,
    'The job has the permission `id-token: write`, but the request for an ID token contains a secret, which the action does not send without TLS. Entra ID does not accept an issuer without TLS either.',
    `Ask the operator of ${nonGitHubHost(env) ?? 'the server'} to serve it over https, and to set its base URL accordingly: the runner derives ACTIONS_ID_TOKEN_REQUEST_URL from it. Entra ID must be able to reach the issuer from the internet.`,
    `Until then, use ${OTHER_METHOD}`,
  ]);
}

/**
 * For a permanent error of GitHub's token service.
 * @param message the `message` in the response; `''` if there is none
 * @param requestId the service's id of the request; `''` if there is none
 */
export function idTokenError(status: number, message: string, requestId = ''): SessionError {
  const [meaning, ...steps] = STATUS_ERRORS[status] ?? ['', RUN_AGAIN];
  const shown = sanitize(message, 400);
  const why = [
    meaning,
    shown === '' ? '' : `GitHub says: ${shown}`,
    requestId === '' ? '' : `For support: request id ${sanitize(requestId, 80)}.`,
  ];
  return errorOf([
    `GitHub rejected the request for an ID token: HTTP ${status}.`,
    joinLines(why),
    ...steps,
    'If the error persists, check https://www.githubstatus.com for an incident of Actions, or ask the operator of your GitHub Enterprise Server.',
  ]);
}

const RUN_AGAIN = 'Run the job again: each run gets its own request token.';
const ENDED = [
  "The job's request token is no longer accepted. It works only while the job runs, and for at most about six hours.",
  RUN_AGAIN,
  'If the job runs for more than six hours, split it, or sign in within the first six.',
] as const;

/** By HTTP status. */
const STATUS_ERRORS: Readonly<Record<number, readonly [meaning: string, ...steps: string[]]>> = {
  400: [
    'GitHub did not understand the request, most likely because of the audience.',
    'Leave `audience` out, or set it to the audience of the federated credential:',
    '| audience: api://AzureADTokenExchange',
  ],
  401: ENDED,
  403: [
    ...ENDED,
    'If there is a proxy between the runner and GitHub, check that it allows the host of the token service: *.actions.githubusercontent.com for github.com.',
  ],
  404: [
    'ACTIONS_ID_TOKEN_REQUEST_URL does not lead to a token service, or GitHub no longer knows the job.',
    RUN_AGAIN,
    'Check that nothing in the workflow sets ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN.',
  ],
};

/** The warning for a subject that every pull request of the repository shares. */
export function pullRequestWarning(subject: string): string {
  const shown = sanitize(subject, 600);
  return [
    `This job signed in as ${shown}, the subject that every pull request of the repository shares.`,
    'Anyone who can push a branch can open a pull request with a changed workflow, and use this identity before a review.',
    `Give the identity no more than read access, or put the sign-in behind an environment with required reviewers and change the federated credential's subject to ${shown.replace(/pull_request$/, 'environment:NAME')}.`,
  ].join(' ');
}
