import type { Creds } from './creds.ts';
import { type InputReader, isReported, type Reported } from './reader.ts';
import type { ExportRequest, Method } from './request.ts';
import type { ChoiceOf, InputName } from './table.ts';

type AuthType = ChoiceOf<'auth-type'>;

/** A credential among the inputs: the inputs that carry it, and the method that uses it. */
interface Offer {
  readonly method: Method;
  readonly inputs: readonly InputName[];
}

const OFFERS: readonly Offer[] = [
  { method: 'client-secret', inputs: ['client-secret'] },
  { method: 'client-secret', inputs: ['creds'] },
  { method: 'client-certificate', inputs: ['client-certificate'] },
  { method: 'password', inputs: ['username', 'password'] },
  { method: 'publish-settings', inputs: ['publish-settings'] },
  { method: 'workload-identity', inputs: ['federated-token-file'] },
];

/** The methods of a service principal that need no name in `auth-type`: what SERVICE_PRINCIPAL covers. */
const SERVICE_PRINCIPAL_METHODS: ReadonlySet<Method> = new Set(['oidc', 'client-secret', 'client-certificate']);

const USES_CLIENT_ID: ReadonlySet<Method> = new Set([
  ...SERVICE_PRINCIPAL_METHODS,
  'managed-identity',
  'workload-identity',
]);

/**
 * How to sign in, by the inputs alone. The environment is never asked: a job whose secrets came out empty must not get
 * the identity of the machine it runs on.
 */
export function chooseMethod(inputs: InputReader, creds: Creds): Method | Reported {
  const authType = inputs.choice('auth-type');
  if (isReported(authType)) return authType;
  const offers = OFFERS.map(({ method, inputs: names }) => ({
    method,
    inputs: names.filter((name) => inputs.given(name) && !(name === 'creds' && creds.kind === 'ignored')),
  })).filter((offer) => offer.inputs.length > 0);
  const [offer, ...more] = offers;
  if (more.length > 0)
    return inputs.problem(
      'severalCredentials',
      offers.map((each) => each.inputs),
    );
  if (authType === 'auto') return chooseByInputs(inputs, creds, offer);
  const method = methodNamed(authType, offer);
  return offer === undefined || offer.method === method
    ? method
    : inputs.problem('otherCredential', authType, offer.method, offer.inputs);
}

function methodNamed(authType: Exclude<AuthType, 'auto'>, offer: Offer | undefined): Method {
  if (authType === 'IDENTITY') return 'managed-identity';
  if (authType !== 'SERVICE_PRINCIPAL') return authType;
  return offer !== undefined && SERVICE_PRINCIPAL_METHODS.has(offer.method) ? offer.method : 'oidc';
}

function chooseByInputs(inputs: InputReader, creds: Creds, offer: Offer | undefined): Method | Reported {
  if (offer?.method === 'workload-identity') return inputs.problem('unnamedWorkloadIdentity');
  if (offer !== undefined) return offer.method;
  const nothing = !inputs.given('client-id') && !inputs.given('tenant-id') && creds.kind === 'absent';
  return nothing ? inputs.problem('noCredential', inputs.env) : 'oidc';
}

/**
 * Options that do not belong to the method. One that is part of a credential, or that could not be done, is a problem;
 * one that only tunes something is a warning, so that a workflow may pass the same options to every method.
 */
export function checkUnused(inputs: InputReader, method: Method, exports: ExportRequest): void {
  if (inputs.given('client-certificate-password') && method !== 'client-certificate') {
    if (inputs.given('client-certificate')) inputs.problem('passwordUnused', method);
    else inputs.problem('passwordOfNothing', inputs.env);
  }
  if (inputs.flag('enable-AzPSSession') && method === 'publish-settings') inputs.problem('powershellOfSettings');
  if (inputs.given('client-id') && !USES_CLIENT_ID.has(method)) inputs.warning('idle', 'client-id', method);
  if (inputs.given('tenant-id') && method === 'publish-settings') inputs.warning('idle', 'tenant-id', method);
  if (inputs.given('audience') && method !== 'oidc') inputs.warning('idle', 'audience', method);
  if (inputs.flag('send-certificate-chain') && method !== 'client-certificate') {
    inputs.warning('idle', 'send-certificate-chain', method);
  }
  if (inputs.flag('delete-publish-settings')) {
    if (method !== 'publish-settings') inputs.warning('idle', 'delete-publish-settings', method);
    else if (inputs.text('publish-settings').includes('<')) inputs.warning('idleDeletion');
  }
  if (inputs.flag('export-secrets')) {
    if (exports.families === 'none') inputs.warning('idleSecrets');
    else if (method !== 'client-secret') inputs.warning('idle', 'export-secrets', method);
  }
  if (method === 'publish-settings' && exports.families.includes('terraform')) {
    inputs.warning('idle', 'export-env: terraform', method);
  }
  if (inputs.choice('mode') === 'asm' && !inputs.flag('list-subscriptions')) inputs.warning('idleList');
}
