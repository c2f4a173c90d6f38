import { quotable, quotableId } from '../core/foreign-text.ts';
import { parseJsonObject } from '../core/json.ts';

/** What a federated token says of itself: the three values a federated credential is compared with. */
export interface PresentedClaims {
  readonly issuer: string;
  readonly subject: string;
  readonly audience: string;
}

/** GitHub's ID tokens have about 1,500 characters, a pod's about 1,000. */
const LONGEST_TOKEN = 16 * 1024;
/** Entra ID takes no longer issuer, subject or audience in a federated credential. Source: Graph, federatedIdentityCredential. */
const LONGEST_CLAIM = 600;

/**
 * The issuer, subject and audience of a JWT, read without verifying it: they are shown, never trusted.
 * A claim that is missing, of another type or not printable is `''`; text that is no JWT gives three of those.
 */
export function presentedClaims(token: string): PresentedClaims {
  const payload = token.length > LONGEST_TOKEN ? '' : (token.split('.')[1] ?? '');
  const claims = parseJsonObject(Buffer.from(payload, 'base64url').toString('utf8'));
  const claim = (name: string): string => {
    const value = claims !== undefined && Object.hasOwn(claims, name) ? claims[name] : undefined;
    return exact(Array.isArray(value) && value.length === 1 ? value[0] : value);
  };
  return { issuer: claim('iss'), subject: claim('sub'), audience: claim('aud') };
}

/** A claim is compared character by character, so one that cannot be shown as it is is not shown at all. */
function exact(value: unknown): string {
  return typeof value === 'string' && quotable(value, LONGEST_CLAIM) === value ? value : '';
}

/**
 * Whether a subject names its repository by names or by ids: a credential of one form never matches the other.
 * Source: GitHub Docs, "OpenID Connect reference", "Immutable subject claims".
 */
export function subjectForm(subject: string): string {
  if (KUBERNETES.test(subject)) return '';
  const [, repository, context] = GITHUB.exec(subject) ?? [];
  if (repository === undefined || contextReading(context ?? '') === '') return CUSTOMISED;
  return /@\d+\//.test(repository) ? ID_BASED : NAME_BASED;
}

/**
 * What a subject names, in plain words, since that is what people get wrong: an environment hides the branch, and a
 * pull request has neither. `''` for a subject that the organisation customised.
 * Source: GitHub Docs, "OpenID Connect reference", "Example subject claims".
 */
export function subjectContext(subject: string): string {
  const [, namespace, account] = KUBERNETES.exec(subject) ?? [];
  if (namespace === undefined) return contextReading(GITHUB.exec(subject)?.[2] ?? '');
  return `The subject is the Kubernetes service account "${quotableId(account ?? '')}" in the namespace "${quotableId(namespace)}".`;
}

const GITHUB = /^repo:([^/:]+\/[^/:]+):(.+)$/;
const KUBERNETES = /^system:serviceaccount:([^:]+):([^:]+)$/;
const ID_BASED =
  'The subject is id-based: it contains the numeric ids of owner and repository (`ORG@ID/REPO@ID`). A credential with the names alone does not match it.';
const NAME_BASED =
  'The subject is name-based: it does not contain the numeric ids of owner and repository. A credential with ids (`repo:ORG@ID/REPO@ID`), as the Azure portal proposes it, does not match it.';
const CUSTOMISED =
  "The subject is not in GitHub's default form: the organisation or the repository customises it, often with job_workflow_ref, which names the reusable workflow and its ref. Every part must match.";

function contextReading(context: string): string {
  if (context === 'pull_request') {
    return 'The job runs for a pull request, so the subject ends in pull_request, whatever the branch is: a credential for a branch does not match it. Every pull request of the repository shares this subject: trust it only for an identity that can do no harm. For any other, let the job name an environment with required reviewers, and trust the subject that ends in environment:NAME.';
  }
  const [, kind, name] =
    /^(environment):([^:]+)$/.exec(context) ?? /^ref:refs\/(heads|tags)\/([^:]+)$/.exec(context) ?? [];
  switch (kind) {
    case 'environment':
      return `The job names the environment "${quotableId(name ?? '')}", which takes the place of the branch: a credential for a branch, a tag or pull requests does not match it.`;
    case 'heads':
      return `The job names no environment, so the subject contains the branch "${quotableId(name ?? '')}". A credential for an environment matches only a job with \`environment: NAME\`.`;
    case 'tags':
      return `The job names no environment, so the subject contains the tag "${quotableId(name ?? '')}". A credential for a branch or an environment does not match it.`;
    default:
      return '';
  }
}

/** The warning for a sign-in that any pull request of the repository can make. */
export function pullRequestWarning(subject: string): string {
  const shown = quotable(subject, LONGEST_CLAIM);
  return [
    `This job signed in as ${shown}, the subject that every pull request of the repository shares.`,
    'Anyone who can push a branch can open a pull request with a changed workflow, and use this identity before a review.',
    `Give the identity no more than read access, or put the sign-in behind an environment with required reviewers and change the federated credential's subject to ${shown.replace(/pull_request$/, 'environment:NAME')}.`,
  ].join(' ');
}

/**
 * A name for a federated credential that tells what it is for: 3 to 120 letters, digits, `-` and `_`, the first a
 * letter or digit. Source: Graph, federatedIdentityCredential, `name`.
 */
export function credentialName(subject: string): string {
  const words = subject
    .replace(/^(?:repo|system):/, '')
    .replaceAll(/[^A-Za-z0-9_]+/g, '-')
    .replaceAll(/^[-_]+|[-_]+$/g, '');
  return `${subject.startsWith('system:') ? 'pod' : 'github'}-${words}`.slice(0, 120).replace(/[-_]+$/, '');
}
