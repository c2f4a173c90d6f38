import type { Environment } from '../core/machine.ts';
import type { Method } from '../core/request.ts';
import type { Step } from '../core/session-error.ts';

/* Steps of remediation, and words, that several tables share. */

/** How somebody signs in, after "sign in". */
export const BY_METHOD: Readonly<Record<Method, string>> = {
  oidc: "with GitHub's ID token",
  'client-secret': 'with a client secret',
  'client-certificate': 'with a certificate',
  'managed-identity': 'as a managed identity',
  'workload-identity': 'as a workload identity',
  password: 'with user name and password',
  'device-code': 'by device code',
  'publish-settings': 'with publish settings',
};

export const COMPARE_CLOCK: Step = {
  say: 'On a self-hosted runner, compare its clock with the true time, and set it if it is wrong:',
  command: 'date -u',
};
export const RUN_AGAIN = 'Run the job again.';
/** Sources: GitHub Docs, "Using secrets in GitHub Actions", "Dependabot on GitHub Actions", "Reusing workflows". */
export const EMPTY_SECRET =
  'Check that no value is empty. GitHub leaves a secret or a variable empty when its name is wrong, in runs from forks, in runs that Dependabot started, when it belongs to an environment that the job does not name, and in a reusable workflow without `secrets: inherit`.';
/** The same for a run of which it is known that it is none of those. */
export const WHY_SECRET_IS_EMPTY =
  'If the value comes from a secret or a variable, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (`environment:`), or when a reusable workflow is called without `secrets: inherit`.';
/** For `auth-type: auto`, which takes the ID token where no other credential arrived. */
export const OTHER_CREDENTIAL_MEANT =
  'If a secret or a certificate should sign in, its input is empty or misspelt: without one, the job signs in with its ID token.';

/** Events of pull requests, whose runs get neither write permissions nor secrets when the pull request comes from a fork. */
export function isOfPullRequest(env: Environment): boolean {
  return /^pull_request(?:_review|_review_comment)?$/.test(env['GITHUB_EVENT_NAME'] ?? '');
}
