import type { Call } from './exchange.ts';

/** What goes wrong. */
export type FaultKind =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A TCP reset: instead of an answer, or after its head and half of its body. */
  | { readonly kind: 'reset'; readonly at?: 'request' | 'body' }
  /** Never answers; the connection stays open. */
  | { readonly kind: 'hang' }
  /** `101 Switching Protocols`; the connection stays open, and nobody speaks on it. */
  | { readonly kind: 'switch' }
  /** 200 without a body. */
  | { readonly kind: 'empty' }
  /** The true answer's head and half of its body, then an orderly end. */
  | { readonly kind: 'truncated' }
  /** 200 with a web page, as gateways and captive portals answer. */
  | { readonly kind: 'html' }
  /** JSON that is none of the service's, for example `{}` without a token. */
  | { readonly kind: 'json'; readonly body: unknown; readonly status?: number }
  /** The true answer, later. */
  | { readonly kind: 'delay'; readonly milliseconds: number };

/** Which requests it strikes. Every condition given must hold. */
export interface FaultTarget {
  readonly host?: string;
  readonly method?: string;
  /** Without the query; a string is the whole path, or its beginning if it ends in `*`. */
  readonly path?: string | RegExp;
  readonly when?: (call: Call) => boolean;
  /** Matching requests that pass unharmed first. */
  readonly skip?: number;
  /** Requests it then strikes; 1 unless told. */
  readonly times?: number;
}

export type FaultOptions = FaultTarget & { readonly fault: FaultKind };

export interface Fault {
  /** Requests that matched its conditions, struck or not. */
  readonly matched: number;
  /** Requests it struck. */
  readonly hits: number;
  remove(): void;
}

interface Planned {
  readonly options: FaultOptions;
  matched: number;
  hits: number;
}

/** The faults planned for a run, in the order they were added: the first that applies strikes. */
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

  /** The fault that strikes this request. Counts it. */
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
  if (target.host !== undefined && target.host !== call.host) return false;
  if (target.method !== undefined && target.method !== call.method) return false;
  if (target.path !== undefined && !matchesPath(target.path, call.path)) return false;
  return target.when?.(call) ?? true;
}

function matchesPath(wanted: string | RegExp, path: string): boolean {
  if (typeof wanted !== 'string') return wanted.test(path);
  return wanted.endsWith('*') ? path.startsWith(wanted.slice(0, -1)) : path === wanted;
}
