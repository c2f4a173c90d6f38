import type { HttpProxy } from './proxy.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the longest answer that is read; 1 MB unless told. It bounds what the parsing of an answer can cost. */
  readonly largestAnswer?: number;
}

export interface HttpResponse {
  /** Host that answered, with its port if that is not the scheme's own. */
  readonly host: string;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded as UTF-8, without a byte order mark. */
  readonly body: string;
  /** The server's own id of the request; `''` when it gave none. */
  readonly requestId: string;
}

/** Sees every request of the process. */
interface TrafficWatcher {
  /** Runs one try of an operation; the requests sent within it belong to it. */
  duringTry<T>(number: number, of: number, attempt: () => Promise<T>): Promise<T>;
  /** @returns the same answer */
  watch(request: HttpRequest, answer: Promise<HttpResponse>): Promise<HttpResponse>;
  proxied(host: string, proxy: HttpProxy): void;
}

/** Counts a try of a request, and shows it to the watcher. Both clients send by it. */
export function watched(request: HttpRequest, send: () => Promise<HttpResponse>): Promise<HttpResponse> {
  traffic.requests++;
  const answer = send();
  return traffic.watcher?.watch(request, answer) ?? answer;
}

/** The requests of this process: how many there were, and who watches them. Nobody does but the debug log. */
export const traffic: { requests: number; watcher?: TrafficWatcher } = { requests: 0 };
