import { METADATA_ADDRESS } from '../scripts/clients/fence.ts';
import { startRelay } from '../simulator/round-trip.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Contoso, contoso } from '../simulator/world.ts';
import type { Az } from './az.ts';
import type { Variables } from './measure/processes.ts';

/**
 * How clients connect to the simulator: directly, with the real host names and ports in a separate network namespace,
 * or through its proxy, which costs each connection one more round trip.
 */
export type Route = 'direct' | 'proxy';

export interface DelayedNetwork extends AsyncDisposable {
  /** For clients in Node and Python. Valid until this object is disposed. */
  readonly variables: Variables;
}

/** The simulated Azure and GitHub, with a configurable network delay. */
export class Stage implements AsyncDisposable {
  readonly route: Route;
  readonly simulator: Simulator;
  readonly contoso: Contoso;

  private constructor(route: Route, simulator: Simulator, world: Contoso) {
    this.route = route;
    this.simulator = simulator;
    this.contoso = world;
  }

  static async open(route: Route): Promise<Stage> {
    const simulator = await startSimulator();
    return new Stage(route, simulator, await contoso(simulator));
  }

  /** Delays every service, including the machine's metadata service, which uses plain http. */
  async withDelay(roundTripMs: number): Promise<DelayedNetwork> {
    const { simulator, route } = this;
    const loopback = '127.0.0.1';
    const direct = route === 'direct';
    const relays = await Promise.all([
      startRelay({
        target: { host: loopback, port: direct ? (simulator.tlsPorts[0] ?? 0) : simulator.proxyPort },
        roundTripMs,
        listen: { host: loopback, port: direct ? 443 : 0 },
      }),
      startRelay({
        target: { host: loopback, port: simulator.managedIdentity.port },
        roundTripMs,
        listen: direct ? { host: METADATA_ADDRESS, port: 80 } : { host: loopback, port: 0 },
      }),
    ]);
    const [azure, metadata] = relays;
    const proxy = `http://${loopback}:${azure.port}`;
    return {
      variables: {
        NODE_EXTRA_CA_CERTS: simulator.caFile,
        REQUESTS_CA_BUNDLE: simulator.caFile,
        ...(direct
          ? {}
          : {
              HTTPS_PROXY: proxy,
              NO_PROXY: loopback,
              AZURE_POD_IDENTITY_AUTHORITY_HOST: `http://${loopback}:${metadata.port}`,
            }),
        ...simulator.github.variables,
      },
      [Symbol.asyncDispose]: async () => {
        await Promise.all(relays.map((relay) => relay.close()));
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.close();
  }
}

/** The environment of every part. */
export interface Bench {
  readonly stage: Stage;
  /** Newest first; empty if `az` is not installed. */
  readonly az: readonly Az[];
  readonly rounds: number;
  /** For contestants that start `az`, which takes seconds. */
  readonly slowRounds: number;
  readonly progress: (text: string) => void;
}

/** The hosts that a sign-in and `az` contact, for the hosts file of the network namespace. */
export const HOSTS = [
  'login.microsoftonline.com',
  'management.azure.com',
  'pipelines.actions.githubusercontent.com',
] as const;
