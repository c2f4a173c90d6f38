/**
 * Signs in as a managed identity in a process of its own and prints what happened: MSAL reads the environment of the
 * process, and keeps the source it found for the life of the process.
 */
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { managedIdentityCredential } from '../../src/entra/managed-identity.ts';
import type { SignInContext } from '../../src/entra/sign-in-context.ts';
import { httpClient } from '../../src/http/http.ts';
import { startDeadline } from '../../src/http/retry.ts';

const { CLIENT_ID: clientId = '', SCOPES: scopes = '', MAX_ATTEMPTS: tries = '3' } = process.env;
const deadline = startDeadline(60);
const log: string[] = [];
const masks: string[] = [];
const context: SignInContext = {
  cloud: KNOWN_CLOUDS.AzureCloud,
  http: httpClient(process.env, deadline),
  env: process.env,
  retry: { maxAttempts: Number(tries), deadline, random: () => 0, log: (line) => log.push(line) },
  mask: (secret) => void masks.push(secret),
  maskId: () => {},
  warn: () => {},
  announce: () => {},
};
const identity = clientId === '' ? { kind: 'system-assigned' } : { kind: 'user-assigned', clientId };
const outcome = await signIn().catch((error: unknown) => ({
  error:
    error instanceof SessionError ? error.report : `${String(error)}\n${error instanceof Error ? error.stack : ''}`,
  isSessionError: error instanceof SessionError,
}));
console.log(JSON.stringify({ ...outcome, log, masks }));

async function signIn() {
  const credential = managedIdentityCredential({ method: 'managed-identity', identity } as never, context);
  const tokens = [];
  for (const scope of scopes.split(' ')) tokens.push(await credential.getToken(scope));
  return { tokens, handover: credential.handover() };
}
