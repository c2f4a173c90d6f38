import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type Simulator, startSimulator } from '../../simulator/simulator.ts';
import { type Contoso, contoso } from '../../simulator/world.ts';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { SignInContext } from '../../src/entra/sign-in-context.ts';
import { httpClient } from '../../src/http/http.ts';
import { startDeadline } from '../../src/http/retry.ts';

export const SCOPE = 'https://management.core.windows.net//.default';
export const ENTRA = 'login.microsoftonline.com';

/** A context with the real HTTP client, which keeps what it is told. */
export interface RecordedContext extends SignInContext {
  readonly masks: string[];
  readonly warnings: string[];
  readonly announcements: string[];
  readonly log: string[];
}

/** A simulated Azure, trusted by this process, with one company in it. */
export class Session implements AsyncDisposable {
  readonly simulator: Simulator;
  readonly contoso: Contoso;
  readonly #open: (() => void)[] = [];

  private constructor(simulator: Simulator, company: Contoso) {
    this.simulator = simulator;
    this.contoso = company;
  }

  static async start(): Promise<Session> {
    const simulator = await startSimulator();
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(simulator.caFile, 'utf8')]);
    return new Session(simulator, await contoso(simulator));
  }

  context(options: { env?: Record<string, string>; seconds?: number; maxAttempts?: number } = {}): RecordedContext {
    const deadline = startDeadline(options.seconds ?? 30);
    const env = { ...this.simulator.environment, ...options.env };
    const http = httpClient(env, deadline);
    this.#open.push(() => http.close());
    const told = {
      masks: [] as string[],
      warnings: [] as string[],
      announcements: [] as string[],
      log: [] as string[],
    };
    return {
      ...told,
      cloud: KNOWN_CLOUDS.AzureCloud,
      http,
      env,
      retry: { maxAttempts: options.maxAttempts ?? 3, deadline, random: () => 0, log: (line) => told.log.push(line) },
      mask: (secret) => void told.masks.push(secret),
      maskId: () => {},
      warn: (message) => void told.warnings.push(message),
      announce: (message) => void told.announcements.push(message),
    };
  }

  /** What was asked, as `METHOD host/path`, in order. */
  get asked(): string[] {
    return this.simulator.requests.map(({ method, host, path }) => `${method} ${host}${path}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#open) close();
    await this.simulator.close();
  }
}

export function claims(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** Whoever rejects, with what. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { report?: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('It did not reject.');
}
