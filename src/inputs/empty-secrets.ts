import type { Environment } from '../runner/runner.ts';

/** Events of pull requests that get no secrets when the pull request comes from a fork. */
const FORK_EVENTS = new Set(['pull_request', 'pull_request_review', 'pull_request_review_comment']);

/**
 * Why a secret that the workflow names can reach the action empty, the likeliest reason for this run first.
 * Sources: GitHub Docs, "Using secrets in GitHub Actions", "Dependabot on GitHub Actions", "Reusing workflows".
 */
export function whySecretsAreEmpty(env: Environment): readonly string[] {
  const event = env['GITHUB_EVENT_NAME'] ?? '';
  const reasons: string[] = [];
  if (env['GITHUB_ACTOR'] === 'dependabot[bot]') {
    reasons.push(
      'Dependabot started this run, and its runs get no Actions secrets: add the secrets under Settings > Secrets and variables > Dependabot.',
    );
  } else if (FORK_EVENTS.has(event)) {
    reasons.push(
      `This run was started by \`${event}\`: GitHub gives it no secrets when the pull request comes from a fork.`,
    );
  }
  reasons.push(
    'If the value comes from a secret, GitHub leaves it empty when the name is misspelt, when the secret belongs to an environment that the job does not name (`environment:`), or when a reusable workflow is called without `secrets: inherit`.',
  );
  return reasons;
}
