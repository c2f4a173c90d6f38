import type {
  INetworkModule,
  ManagedIdentityApplication,
  NetworkRequestOptions,
  NetworkResponse,
} from '@azure/msal-node';
import type { AccessToken, Credential } from '../core/credential.ts';
import type { Environment } from '../core/environment.ts';
import { type JsonObject, stringField } from '../core/json.ts';
import type { ManagedIdentityRequest } from '../core/request.ts';
import { endpointUnusable, malformedEndpoint, noManagedIdentity } from '../errors/managed-identity.ts';
import type { SignInFacts } from '../errors/remedies.ts';
import type { HttpResponse } from '../http/http.ts';
import { type LocalEndpoint, NobodyThere, type PlainHttpClient, plainHttpClient } from '../http/plain-http.ts';
import { withRetry } from '../http/retry.ts';
import { TransientFailure } from '../http/transient.ts';
import { readIdentityAnswer } from './managed-identity-answer.ts';
import { resourceOf } from './scope.ts';
import type { SignInContext } from './sign-in-context.ts';
import { explaining } from './token-answer.ts';

/**
 * The identity that Azure gives a machine. MSAL knows the sources (virtual machines, App Service, Service Fabric,
 * Machine Learning, Cloud Shell, Azure Arc) and their protocols, and picks one by the variables of the environment.
 */
export function managedIdentityCredential(request: ManagedIdentityRequest, context: SignInContext): Credential {
  for (const variable of ['IDENTITY_HEADER', 'MSI_SECRET']) context.mask(context.env[variable] ?? '');
  const machine = new MachineIdentity(request, context);
  return {
    getToken: (scope) => machine.getToken(scope),
    handover: () => ({ kind: 'managed-identity' }),
  };
}

class MachineIdentity {
  readonly #request: ManagedIdentityRequest;
  readonly #context: SignInContext;
  #connection: Promise<MsalConnection> | undefined;

  constructor(request: ManagedIdentityRequest, context: SignInContext) {
    this.#request = request;
    this.#context = context;
  }

  /** A machine without an endpoint is told at once, and not tried again: it will not get one. */
  async getToken(scope: string): Promise<AccessToken> {
    this.#connection ??= connectMsal(this.#request, this.#context);
    const { application, network } = await this.#connection;
    const got = withRetry('The token request to the identity endpoint', this.#context.retry, async () => {
      try {
        const asked = { resource: resourceOf(scope), forceRefresh: true };
        const { accessToken, expiresOn } = await application.acquireToken(asked);
        if (accessToken === '' || expiresOn === null) throw new Error('MSAL returned no token.');
        return { token: accessToken, expiresOn, scope };
      } catch (error) {
        throw meantBy(error, network.reached, this.#context.env);
      }
    });
    return got.catch(explaining(this.#facts()));
  }

  #facts(): SignInFacts {
    const { method, identity } = this.#request;
    const client = identity.kind === 'user-assigned' ? { clientId: identity.clientId } : {};
    return { method, cloud: this.#context.cloud, ...client };
  }
}

function meantBy(error: unknown, reached: boolean, env: Environment): unknown {
  const failure = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (failure instanceof NobodyThere) {
    if (!reached) return noManagedIdentity(failure, env);
    return new TransientFailure(`${failure.host} cannot be reached any more (${failure.message})`, { cause: failure });
  }
  const isFinding = failure instanceof Error && failure.name === 'ManagedIdentityError' && 'errorCode' in failure;
  return isFinding ? endpointUnusable(String(failure.errorCode), failure) : failure;
}

interface MsalConnection {
  readonly application: ManagedIdentityApplication;
  readonly network: IdentityNetwork;
}

async function connectMsal(request: ManagedIdentityRequest, context: SignInContext): Promise<MsalConnection> {
  const { AuthError, ManagedIdentityApplication } = await import('./managed-identity-msal.ts');
  const asMsalError = (cause: unknown): Error => Object.assign(new AuthError('network_error', ''), { cause });
  const network = new IdentityNetwork(request, context, asMsalError);
  const { identity } = request;
  const application = new ManagedIdentityApplication({
    ...(identity.kind === 'user-assigned'
      ? { managedIdentityIdParams: { userAssignedClientId: identity.clientId } }
      : {}),
    system: { networkClient: network, disableInternalRetries: true },
  });
  return { application, network };
}

/**
 * MSAL's way to the identity endpoint. MSAL turns every failure into "network error" unless it is one of its own class,
 * so ours travels as the cause of one. It also keeps the module of the process's first application for all later ones,
 * so nothing here belongs to a single request.
 */
class IdentityNetwork implements INetworkModule {
  /** Whether an identity endpoint ever answered. */
  reached = false;
  readonly #http: PlainHttpClient;
  readonly #request: ManagedIdentityRequest;
  readonly #context: SignInContext;
  readonly #asMsalError: (cause: unknown) => Error;

  constructor(request: ManagedIdentityRequest, context: SignInContext, asMsalError: (cause: unknown) => Error) {
    this.#request = request;
    this.#context = context;
    this.#asMsalError = asMsalError;
    this.#http = plainHttpClient(identityEndpoints(context.env), context.retry.deadline);
  }

  sendGetRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send('GET', url, options);
  }

  sendPostRequestAsync<T>(url: string, options?: NetworkRequestOptions): Promise<NetworkResponse<T>> {
    return this.#send('POST', url, options);
  }

  async #send<T>(
    method: 'GET' | 'POST',
    url: string,
    { headers = {}, body = '' }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    // The key that Azure Arc's agent wrote for this one request: MSAL read it from the file.
    this.#context.mask((headers['Authorization'] ?? '').replace(/^Basic /, ''));
    try {
      const response = await this.#http.send({ method, url, headers, ...(body === '' ? {} : { body }) });
      const isArcChallenge = response.status === 401 && !('Authorization' in headers) && challenges(response.headers);
      const answer = isArcChallenge ? {} : this.#read(response, new URL(url).host);
      this.reached = true;
      return { status: response.status, headers: { ...response.headers }, body: answer as T };
    } catch (error) {
      if (error instanceof TransientFailure) this.reached = true;
      throw this.#asMsalError(error);
    }
  }

  #read(response: HttpResponse, host: string): JsonObject {
    const { env, mask } = this.#context;
    const answer = readIdentityAnswer(response, { identity: this.#request.identity, host, env });
    mask(stringField(answer, 'access_token'));
    return answer;
  }
}

/** Source: Microsoft Learn, "Authenticate against Azure resources with Azure Arc-enabled servers". */
function challenges(headers: Readonly<Record<string, string>>): boolean {
  return (headers['www-authenticate'] ?? '').includes('Basic realm=');
}

/** The instance metadata service of virtual machines, and the Azure Arc agent: those that no variable needs to name. */
const WELL_KNOWN = ['http://169.254.169.254', 'http://127.0.0.1:40342'];

/**
 * The servers that the machine itself names, and no others: a token request may carry the machine's secret.
 * @throws {SessionError} when a variable holds no URL
 */
export function identityEndpoints(env: Environment): LocalEndpoint[] {
  const named = ['IDENTITY_ENDPOINT', 'MSI_ENDPOINT', 'AZURE_POD_IDENTITY_AUTHORITY_HOST'].flatMap((variable) => {
    const value = env[variable] ?? '';
    if (value === '') return [];
    const url = URL.parse(value);
    if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw malformedEndpoint(variable);
    // MSAL asks Azure Arc's agent at 127.0.0.1 where the variable says localhost.
    return [url.origin, url.origin.replace('//localhost', '//127.0.0.1')];
  });
  const thumbprint = env['IDENTITY_SERVER_THUMBPRINT'] ?? '';
  return [...named, ...WELL_KNOWN].map((origin) => ({ origin, ...(thumbprint === '' ? {} : { thumbprint }) }));
}
