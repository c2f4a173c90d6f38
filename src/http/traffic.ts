import type { HttpRequest, HttpResponse } from './exchange.ts';
import type { HttpProxy } from './proxy.ts';

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
