import type { Call } from './exchange.ts';

export type FaultKind =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A TCP reset: instead of a response, or after its head and half of its body. */
  | { readonly kind: 'reset'; readonly at?: 'request' | 'body' }
  /** No response; the connection stays open. */
  | { readonly kind: 'hang' }
  /** `101 Switching Protocols`, and then silence on an open connection. */
  | { readonly kind: 'switch' }
  /** 200 without a body. */
  | { readonly kind: 'empty' }
  /** The head and half of the body of the true response, then an orderly end. */
  | { readonly kind: 'truncated' }
  /** 200 with a web page, as gateways and captive portals send it. */
  | { readonly kind: 'html' }
  /** Other JSON than the service's, for example `{}` without a token. */
  | { readonly kind: 'json'; readonly body: unknown; readonly status?: number }
  /** Delays the true response. */
  | { readonly kind: 'delay'; readonly milliseconds: number };

/** The requests that a fault strikes: all conditions must hold. */
interface FaultTarget {
  readonly host?: string;
  readonly method?: string;
  /** Without the query. A string is the whole path, or its beginning if it ends in `*`. */
  readonly path?: string | RegExp;
  readonly when?: (call: Call) => boolean;
  /** The number of matching requests that pass first. */
  readonly skip?: number;
  /** The number of requests that it strikes then. Default: 1. */
  readonly times?: number;
}

type FaultOptions = FaultTarget & { readonly fault: FaultKind };

interface Fault {
  /** Requests that met the conditions, struck or not. */
  readonly matched: number;
  readonly hits: number;
  remove(): void;
}

interface Planned {
  readonly options: FaultOptions;
  matched: number;
  hits: number;
}

/** Of several faults that apply to a request, the one added first strikes. */
export class Faults {
  #planned: Planned[] = [];

  add(options: FaultOptions): Fault {
    const planned: Planned = { options, matched: 0, hits: 0 };
    this.#planned.push(planned);
    return {
      get matched() {
        return planned.matched;
      },
      get hits() {
        return planned.hits;
      },
      remove: () => {
        this.#planned = this.#planned.filter((other) => other !== planned);
      },
    };
  }

  strike(call: Call): FaultKind | undefined {
    for (const planned of this.#planned) {
      if (!matches(planned.options, call)) continue;
      planned.matched += 1;
      const skip = planned.options.skip ?? 0;
      if (planned.matched <= skip || planned.matched > skip + (planned.options.times ?? 1)) continue;
      planned.hits += 1;
      return planned.options.fault;
    }
    return undefined;
  }

  clear(): void {
    this.#planned = [];
  }
}

function matches(target: FaultTarget, call: Call): boolean {
  const { host = call.host, method = call.method, path = call.path } = target;
  if (host !== call.host || method !== call.method || !matchesPath(path, call.path)) return false;
  return target.when?.(call) ?? true;
}

function matchesPath(pattern: string | RegExp, path: string): boolean {
  if (typeof pattern !== 'string') return pattern.test(path);
  return pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern;
}
