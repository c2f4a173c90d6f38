import { isMicrosoftIssuer, KNOWN_CLOUDS } from '../core/clouds.ts';
import type { AccessToken, AssertionSource, Credential } from '../core/credential.ts';
import { readRegularFile } from '../core/files.ts';
import { stringField } from '../core/json.ts';
import { claimsOf, expiryOf } from '../core/jwt.ts';
import type { OidcRequest, WorkloadIdentityRequest } from '../core/request.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import { requestGitHubIdToken } from './github-id-token.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError } from './token-answer.ts';

/** GitHub's ID token, exchanged at Entra for an access token: no secret anywhere. */
export function oidcCredential(request: OidcRequest, context: SignInContext): Credential {
  const publicAudience = KNOWN_CLOUDS.AzureCloud.federatedAudience;
  let audience = request.audience ?? context.cloud.federatedAudience;
  let pending: Promise<string> | undefined;

  // The scopes of one sign-in share one ID token; a repeated try gets a fresh one, since it may be the token's fault.
  const idTokenFor = (attempt: number): Promise<string> => {
    if (attempt > 1) pending = undefined;
    pending ??= requestGitHubIdToken(audience, context, request);
    return pending;
  };
  const exchange = federatedCredential(request, context, idTokenFor, () => ({ kind: 'github', audience }));

  // azure/login asks for the public audience in every cloud, so identities in others were set up for it.
  const withPublicAudience = (scope: string, error: unknown): Promise<AccessToken> => {
    const isGuessed = request.audience === undefined && audience !== publicAudience;
    if (!(isGuessed && error instanceof EntraError && error.answer.code === '700212')) throw error;
    context.warn(
      `Entra ID knows no federated credential for the audience ${audience}; trying ${publicAudience}. Set the input \`audience\` to the one that is right.`,
    );
    audience = publicAudience;
    pending = undefined;
    return exchange.getToken(scope);
  };

  let warned: Promise<void> | undefined;
  return {
    ...exchange,
    async getToken(scope) {
      const token = await exchange.getToken(scope).catch((error: unknown) => withPublicAudience(scope, error));
      warned ??= pending?.then((idToken) => warnOfPullRequests(idToken, context));
      await warned;
      return token;
    },
  };
}

/** Once Entra has taken the token: where it has not, the error says what to trust in its place. */
async function warnOfPullRequests(idToken: string, { warn }: SignInContext): Promise<void> {
  const subject = stringField(claimsOf(idToken), 'sub');
  if (!subject.endsWith(':pull_request')) return;
  const { pullRequestWarning } = await import('../errors/github.ts');
  warn(pullRequestWarning(subject));
}

/**
 * The service account token that Kubernetes projects into the pod, exchanged at Entra. It is read for every try anew:
 * the kubelet replaces it long before it ends.
 */
export function workloadIdentityCredential(request: WorkloadIdentityRequest, context: SignInContext): Credential {
  const { tokenFile } = request;
  const assertionFor = async (): Promise<string> => {
    const token = await readTokenFile(tokenFile, new Date());
    context.mask(token);
    return token;
  };
  return federatedCredential(request, context, assertionFor, () => ({ kind: 'file', path: tokenFile }));
}

/** Service account tokens have about 1,000 characters. */
const LARGEST_FILE = 64 * 1024;
const NEVER = new Date(0);

/**
 * Reads a projected service account token. Links are followed: the kubelet makes the name one, to the file of the day.
 * Source: Kubernetes documentation, "Projected Volumes", and `pkg/volume/util/atomic_writer.go`.
 * @param now what the token's end is compared with
 * @throws {SessionError} when there is no such file, it holds no token, or one that has ended
 */
async function readTokenFile(path: string, now: Date): Promise<string> {
  let token: string;
  try {
    token = readRegularFile(path, LARGEST_FILE, 'follow').toString('utf8').trim();
  } catch (error) {
    const { fileError, tokenFile } = await import('../errors/files.ts');
    throw fileError(error, tokenFile(path, LARGEST_FILE)).causedBy(error);
  }
  const end = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) ? expiryOf(token) : NEVER;
  if (end > now) return token;
  const { tokenFile, tokenFileError } = await import('../errors/files.ts');
  const file = tokenFile(path, LARGEST_FILE);
  if (token === '') throw tokenFileError('empty', file);
  throw end > NEVER ? tokenFileError('expired', file, end, now) : tokenFileError('noToken', file);
}

/**
 * A token of another issuer, presented to Entra as the assertion of an application that trusts this issuer.
 * @param assertionFor gives the assertion of a try; tries count from 1
 * @param source where the keep-alive process gets the next one
 */
function federatedCredential(
  request: OidcRequest | WorkloadIdentityRequest,
  context: SignInContext,
  assertionFor: (attempt: number) => Promise<string>,
  source: () => AssertionSource,
): Credential {
  const { cloud } = context;
  let presented = '';
  const present = async (attempt: number): Promise<string> => {
    const assertion = await assertionFor(attempt);
    if (cloud.metadataHost !== '') (await import('./private-cloud.ts')).assertAssertionMayBeSent(assertion, cloud);
    presented = assertion;
    return assertion;
  };
  return {
    getToken(scope) {
      // The first is asked for while MSAL loads. Who awaits it later hears of its failure.
      const first = present(1);
      first.catch(() => {});
      return clientCredentialsToken(request, scope, context, {
        assertionFor: (attempt) => (attempt === 1 ? first : present(attempt)),
      });
    },
    // The keep-alive process renews the assertion by the same rule.
    material: () => ({
      kind: 'assertion',
      assertion: presented,
      source: isMicrosoftIssuer(cloud.authority) ? source() : { ...source(), issuer: 'private' },
    }),
  };
}
