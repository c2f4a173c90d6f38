import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Simulator } from '../../simulator/simulator.ts';
import { type Contoso, type ContosoOptions, contoso } from '../../simulator/world.ts';

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: ReplyBody;
}

/** The fields that tests read. A field that was not sent is `undefined`, and fails its assertion. */
interface ReplyBody {
  readonly error: string;
  readonly error_description: string;
  readonly error_codes: readonly number[];
  readonly timestamp: string;
  readonly trace_id: string;
  readonly correlation_id: string;
  readonly access_token: string;
  readonly refresh_token: string;
  readonly resource: string;
  readonly expires_in: number | string;
  readonly expires_on: string;
  readonly token_endpoint: string;
}

interface RequestOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly form?: Readonly<Record<string, string>>;
}

/** Sends a request for a real URL to the simulator's TLS port, and trusts only its authority. */
export async function send(simulator: Simulator, url: string, options: RequestOptions = {}): Promise<Reply> {
  const { hostname, pathname, search } = new URL(url);
  const { form, method = form === undefined ? 'GET' : 'POST', headers } = options;
  const type = form === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded;charset=utf-8' };
  const sent = request({
    host: '127.0.0.1',
    port: simulator.tlsPorts[0],
    servername: hostname,
    path: `${pathname}${search}`,
    method,
    ca: readFileSync(simulator.caFile),
    agent: false,
    headers: { Host: hostname, ...type, ...headers },
  }).end(new URLSearchParams(form).toString());
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const content = await text(response);
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text: content,
    get json() {
      return JSON.parse(content);
    },
  };
}

export const RESOURCE_MANAGER_SCOPE = 'https://management.core.windows.net//.default';
export const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Replaces the demo tenant by one in another cloud. */
export async function otherWorld(simulator: Simulator, options: ContosoOptions): Promise<Contoso> {
  for (const list of Object.values(simulator.directory)) (list as unknown[]).length = 0;
  return contoso(simulator, options);
}

/** Requests a token for the demo application with its secret, by default for Resource Manager. */
export async function bearer(simulator: Simulator, scope: string = RESOURCE_MANAGER_SCOPE): Promise<string> {
  const [application] = simulator.directory.applications;
  const reply = await send(simulator, `https://login.microsoftonline.com/${application?.tenantId}/oauth2/v2.0/token`, {
    form: {
      client_id: application?.clientId ?? '',
      client_secret: application?.secrets[0]?.value ?? '',
      grant_type: 'client_credentials',
      scope,
    },
  });
  if (reply.status !== 200) throw new Error(reply.text);
  return String(reply.json.access_token);
}

/** The code of an error of Resource Manager. */
export function errorCode(reply: Reply): string {
  return (JSON.parse(reply.text) as { error?: { code?: string } }).error?.code ?? '';
}
