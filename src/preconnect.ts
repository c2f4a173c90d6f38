import { KNOWN_CLOUDS } from './core/clouds.ts';
import type { Environment } from './core/machine.ts';
import type { SignInRequest } from './core/request.ts';

/**
 * The hosts of a sign-in, in the order in which they are asked; these are known before the first, so all are connected to
 * at once.
 */
export function originsAhead({ credential, cloud }: SignInRequest, env: Environment): string[] {
  if (credential.method === 'publish-settings') return [];
  const github = credential.method === 'oidc' ? gitHubOrigin(env) : [];
  if (cloud.kind === 'discovered') return [new URL(cloud.resourceManagerUrl).origin, ...github];
  const { authority, resourceManager } = KNOWN_CLOUDS[cloud.name];
  return [...github, ...(credential.method === 'managed-identity' ? [] : [authority]), resourceManager];
}

/** None when the job may not ask for an ID token at all. */
function gitHubOrigin(env: Environment): string[] {
  const url = URL.parse(env['ACTIONS_ID_TOKEN_REQUEST_URL'] ?? '');
  return url?.protocol === 'https:' ? [url.origin] : [];
}
