import { quotable } from '../core/foreign-text.ts';
import type { Environment } from '../core/machine.ts';
import type { OidcRequest } from '../core/request.ts';
import { SessionError, type Step } from '../core/session-error.ts';

const PERMISSION: Step = {
  say: 'Add the permission to the job, or to the whole workflow. A `permissions` block at a job replaces that of the workflow, so it has to name everything the job needs:',
  yaml: 'permissions:\n  id-token: write\n  contents: read',
};
/** The likelier cause where `auth-type` does not ask for an ID token: a secret that came out empty. */
const NO_CREDENTIAL = 'No credential was given, and';
/** What is left to `auto` when a credential did not arrive. */
const OTHER_CREDENTIAL =
  'If the job was to sign in by a secret or a certificate, that input is empty or misspelt: without one, the ID token is what signs in. GitHub leaves a secret empty when its name is wrong, or when it belongs to an environment that the job does not name; of an unknown input it warns. `creds` is ignored beside `client-id`, `tenant-id` and `subscription-id`. The identity of a machine or a pod has to be named in `auth-type`.';
const REUSABLE_WORKFLOW =
  'In a reusable workflow, the job that calls it (the one with `uses:`) needs the same block: a called workflow never gets more than its caller.';
const COMPOSITE_ACTION = 'A composite action cannot ask for permissions: the job that uses it has to.';

/** Events of pull requests that lose all write permissions when the pull request comes from a fork. */
const PULL_REQUEST_EVENTS: ReadonlySet<string> = new Set([
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
]);

/**
 * For a job whose runner was given nothing to ask GitHub for an ID token with.
 * Sources: GitHub Docs, "OpenID Connect reference", "Dependabot on GitHub Actions", "Reusing workflows".
 */
export function missingIdTokenPermission(env: Environment, { byName }: Pick<OidcRequest, 'byName'> = {}): SessionError {
  const host = foreignHost(env);
  if (host !== undefined) return noIdTokens(host, byName);
  return new SessionError(
    `${byName ? 'This job' : `${NO_CREDENTIAL} this job`} may not ask GitHub for an ID token: it lacks the permission \`id-token: write\`.`,
    {
      why: 'Only a job with that permission gets ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN, and they are not set here. `auth-type: oidc` proves by that token who the job is.',
      next: [
        PERMISSION,
        ...causeInThisRun(env),
        ...(byName ? [] : [OTHER_CREDENTIAL]),
        REUSABLE_WORKFLOW,
        COMPOSITE_ACTION,
      ],
    },
  );
}

function causeInThisRun(env: Environment): readonly (string | Step)[] {
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
    return [
      {
        say: 'Dependabot started this run. Its runs have only read permissions unless the workflow names others, and their secrets come from Settings > Secrets and variables > Dependabot. If such a run needs no Azure, skip the job:',
        yaml: "if: github.actor != 'dependabot[bot]'",
      },
    ];
  }
  if (PULL_REQUEST_EVENTS.has(env['GITHUB_EVENT_NAME'] ?? '')) {
    return [
      {
        say: 'If the pull request comes from a fork, no setting of the workflow gives it an ID token, so that foreign code cannot sign in. Skip the job for forks, or sign in after the merge (`on: push`):',
        yaml: 'if: github.event.pull_request.head.repo.full_name == github.repository',
      },
    ];
  }
  return [];
}

/** The program that runs the workflow, where it is one that issues no ID tokens, or not unless it is told to. */
function foreignHost(env: Environment): string | undefined {
  if (env['ACT'] === 'true') return 'act';
  if (env['FORGEJO_ACTIONS'] === 'true') return 'Forgejo';
  if (env['GITEA_ACTIONS'] === 'true') return 'Gitea';
  return undefined;
}

function noIdTokens(host: string, byName: OidcRequest['byName']): SessionError {
  const none = `${host} gives this job no ID token`;
  return new SessionError(byName ? `${none}, and \`auth-type: oidc\` needs one.` : `${NO_CREDENTIAL} ${none}.`, {
    why: 'ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN are not set, and this is not a runner of GitHub.',
    next: [
      'Use another method here: `client-certificate` or `client-secret` for a service principal.',
      'If it issues ID tokens (OpenID Connect) by a setting of its own, turn that on for this job; Entra ID has to reach the issuer from the internet.',
    ],
  });
}

/**
 * For a runner that names a token service without TLS, as Gitea, Forgejo and a GitHub Enterprise Server do that are
 * served without it. The permission is there then.
 */
export function insecureTokenService({ protocol, host }: URL, env: Environment): SessionError {
  const server = foreignHost(env) ?? 'the server';
  return new SessionError(
    `The runner's address for ID tokens is not https, but ${quotable(`${protocol}//${host}`, 200)}.`,
    {
      why: 'The job has the permission `id-token: write`, but what asks for an ID token is a secret, which is not sent without TLS. Entra ID takes no issuer without TLS either.',
      next: [
        `Have the operator of ${server} serve it over https, and set its own URL to that: the runner takes ACTIONS_ID_TOKEN_REQUEST_URL from there. Entra ID has to reach the issuer from the internet.`,
        'Until then, use another method: `client-certificate` or `client-secret` for a service principal.',
      ],
    },
  );
}

/**
 * For a request for an ID token that GitHub's token service refused for good.
 * @param message the `message` of its answer; `''` when there was none
 * @param requestId its own id of the request; `''` when it gave none
 */
export function idTokenError(status: number, message: string, requestId = ''): SessionError {
  const words = quotable(message, 400);
  const why = [
    MEANINGS[status] ?? '',
    words === '' ? '' : `GitHub says: ${words}`,
    requestId === '' ? '' : `For support: request id ${quotable(requestId, 80)}.`,
  ];
  return new SessionError(`GitHub refused the request for an ID token: HTTP ${status}.`, {
    why: why.filter((line) => line !== '').join('\n'),
    next: STEPS[status] ?? [RUN_AGAIN, GITHUB_STATUS],
  });
}

const RUN_AGAIN = 'Run the job again: each run gets a request token of its own.';
const GITHUB_STATUS = 'If it stays, see https://www.githubstatus.com for trouble with Actions.';
const ENDED =
  "The job's request token is no longer accepted. It lives as long as the job, about six hours at most, and serves jobs in progress alone.";

const MEANINGS: Readonly<Record<number, string>> = {
  400: 'GitHub could not make sense of the request, most likely of the audience.',
  401: ENDED,
  403: ENDED,
  404: "There is no token service at the address in ACTIONS_ID_TOKEN_REQUEST_URL, or the job is not GitHub's any more.",
};

const STEPS: Readonly<Record<number, readonly (string | Step)[]>> = {
  400: [
    {
      say: 'Leave `audience` out, or give it as the federated credential has it:',
      yaml: 'audience: api://AzureADTokenExchange',
    },
    GITHUB_STATUS,
  ],
  401: [
    RUN_AGAIN,
    'If the job runs for more than six hours, split it, or sign in within the first six.',
    GITHUB_STATUS,
  ],
  403: [
    RUN_AGAIN,
    'If the job runs for more than six hours, split it, or sign in within the first six.',
    'If a proxy stands between the runner and GitHub, see that it lets *.actions.githubusercontent.com through.',
    GITHUB_STATUS,
  ],
  404: [
    RUN_AGAIN,
    'See that nothing in the workflow sets ACTIONS_ID_TOKEN_REQUEST_URL or ACTIONS_ID_TOKEN_REQUEST_TOKEN.',
    GITHUB_STATUS,
  ],
};
