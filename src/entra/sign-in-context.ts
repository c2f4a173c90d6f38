import type { Cloud } from '../core/clouds.ts';
import type { Environment } from '../core/machine.ts';
import type { HttpClient } from '../http/http.ts';
import type { RetryPolicy } from '../http/retry.ts';

/** The dependencies of a credential. Credentials have no access to the inputs or the runner. */
export interface SignInContext {
  readonly cloud: Cloud;
  readonly http: HttpClient;
  readonly retry: RetryPolicy;
  readonly env: Environment;
  /** Masks a secret in the log. Call it before any other use of the value. */
  readonly mask: (secret: string) => void;
  /** Masks an id if the workflow set `mask-ids`. Call it before a message can show the id. */
  readonly maskId: (id: string) => void;
  readonly warn: (message: string) => void;
  /** Shows a message that the user must act on while the job runs, in the log and as a notice. */
  readonly announce: (message: string) => void;
}
