import { isMicrosoftIssuer, KNOWN_CLOUDS } from '../core/clouds.ts';
import type { AccessToken, AssertionSource, Credential } from '../core/credential.ts';
import { readRegularFile } from '../core/files.ts';
import { stringField } from '../core/json.ts';
import { claimsOf, expiryOf, isJwt } from '../core/jwt.ts';
import type { OidcRequest, WorkloadIdentityRequest } from '../core/request.ts';
import { clientCredentialsToken } from './confidential-client.ts';
import { requestGitHubIdToken } from './github-id-token.ts';
import type { SignInContext } from './sign-in-context.ts';
import { EntraError } from './token-response.ts';

/** Exchanges GitHub's ID token for an access token at Entra ID. */
export function oidcCredential(request: OidcRequest, context: SignInContext): Credential {
  const publicAudience = KNOWN_CLOUDS.AzureCloud.federatedAudience;
  let audience = request.audience ?? context.cloud.federatedAudience;
  let pending: Promise<string> | undefined;

  // All scopes of a sign-in share one ID token. A retry requests a new one, since the token may be the cause.
  const getIdToken = (attempt: number): Promise<string> => {
    if (attempt > 1) pending = undefined;
    pending ??= requestGitHubIdToken(audience, context, request);
    return pending;
  };
  const exchange = federatedCredential(request, context, getIdToken, () => ({ kind: 'github', audience }));

  // azure/login uses the public audience in every cloud, so identities in other clouds may be configured for it.
  const withPublicAudience = (scope: string, error: unknown): Promise<AccessToken> => {
    const canFallBack = request.audience === undefined && audience !== publicAudience;
    if (!(canFallBack && error instanceof EntraError && error.response.code === '700212')) throw error;
    context.warn(
      `Entra ID has no federated credential for the audience ${audience}; trying ${publicAudience}. Set the input \`audience\` to the audience of the federated credential.`,
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
      warned ??= pending?.then((idToken) => warnAboutPullRequest(idToken, context));
      await warned;
      return token;
    },
  };
}

/** Called only after Entra ID accepts the token: otherwise the error explains which subject to trust. */
async function warnAboutPullRequest(idToken: string, { warn }: SignInContext): Promise<void> {
  const subject = stringField(claimsOf(idToken), 'sub');
  if (!subject.endsWith(':pull_request')) return;
  const { pullRequestWarning } = await import('../errors/github.ts');
  warn(pullRequestWarning(subject));
}

/**
 * Exchanges the pod's projected service account token at Entra ID. Each attempt reads the file again, since the kubelet
 * replaces the token long before it expires.
 */
export function workloadIdentityCredential(request: WorkloadIdentityRequest, context: SignInContext): Credential {
  const { tokenFile } = request;
  const readAssertion = async (): Promise<string> => {
    const token = await readTokenFile(tokenFile, new Date());
    context.mask(token);
    return token;
  };
  return federatedCredential(request, context, readAssertion, () => ({ kind: 'file', path: tokenFile }));
}

/** Service account tokens have about 1,000 characters. */
const MAX_FILE_BYTES = 64 * 1024;
const EPOCH = new Date(0);

/**
 * Reads a projected service account token. Follows links, since the kubelet makes the file a symbolic link to the
 * current version.
 * Source: Kubernetes documentation, "Projected Volumes", and `pkg/volume/util/atomic_writer.go`.
 * @throws {SessionError} when the file does not exist, or its token is missing, malformed or expired
 */
async function readTokenFile(path: string, now: Date): Promise<string> {
  let token: string;
  try {
    token = readRegularFile(path, MAX_FILE_BYTES, 'follow').toString('utf8').trim();
  } catch (error) {
    const { fileError, tokenFile } = await import('../errors/files.ts');
    throw fileError(error, tokenFile(path, MAX_FILE_BYTES)).causedBy(error);
  }
  const expiry = isJwt(token) ? expiryOf(token) : EPOCH;
  if (expiry > now) return token;
  const { tokenFile, tokenFileError } = await import('../errors/files.ts');
  const file = tokenFile(path, MAX_FILE_BYTES);
  if (token === '') throw tokenFileError('empty', file);
  throw expiry > EPOCH ? tokenFileError('expired', file, expiry, now) : tokenFileError('noToken', file);
}

/**
 * Presents another issuer's token to Entra ID as the assertion of an application that trusts this issuer.
 * @param getAssertion receives the number of the attempt, which starts at 1
 * @param source where the agent gets the next assertion
 */
function federatedCredential(
  request: OidcRequest | WorkloadIdentityRequest,
  context: SignInContext,
  getAssertion: (attempt: number) => Promise<string>,
  source: () => AssertionSource,
): Credential {
  const { cloud } = context;
  let lastAssertion = '';
  const createAssertion = async (attempt: number): Promise<string> => {
    const assertion = await getAssertion(attempt);
    if (cloud.metadataHost !== '') (await import('./private-cloud.ts')).assertAssertionAllowed(assertion, cloud);
    lastAssertion = assertion;
    return assertion;
  };
  return {
    getToken(scope) {
      // Request the first assertion while MSAL loads. The handler prevents an unhandled rejection until it is awaited.
      const first = createAssertion(1);
      first.catch(() => {});
      return clientCredentialsToken(request, scope, context, {
        createAssertion: (attempt) => (attempt === 1 ? first : createAssertion(attempt)),
      });
    },
    // `issuer` makes the agent check renewed assertions in the same way.
    material: () => ({
      kind: 'assertion',
      assertion: lastAssertion,
      source: isMicrosoftIssuer(cloud.authority) ? source() : { ...source(), issuer: 'private' },
    }),
  };
}
