import type { Cloud } from '../core/clouds.ts';
import type { Environment } from '../core/machine.ts';
import type { HttpClient } from '../http/http.ts';
import type { RetryPolicy } from '../http/retry.ts';

/** What every credential may use, and nothing else: it knows neither inputs nor the runner. */
export interface SignInContext {
  readonly cloud: Cloud;
  readonly http: HttpClient;
  readonly retry: RetryPolicy;
  readonly env: Environment;
  /** Hides a secret in the log; to be called before the value is used for anything. */
  readonly mask: (secret: string) => void;
  /** Hides an id, where the workflow asked for that; to be called before a message can show it. */
  readonly maskId: (id: string) => void;
  readonly warn: (message: string) => void;
  /** Shows something that a person must see while the job runs, in the log and as a notice. */
  readonly announce: (message: string) => void;
}
