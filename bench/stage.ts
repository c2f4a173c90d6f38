import { METADATA_ADDRESS } from '../scripts/clients/fence.ts';
import { startRelay } from '../simulator/round-trip.ts';
import { type Simulator, startSimulator } from '../simulator/simulator.ts';
import { type Contoso, contoso } from '../simulator/world.ts';
import type { Az } from './az.ts';
import type { Variables } from './measure/processes.ts';

/**
 * How clients reach the simulator: directly, under the real host names and ports in a network of the benchmark's own, or
 * through its proxy, which costs every connection one more round trip.
 */
export type Way = 'direct' | 'proxy';

/** What a client of any kind, Node or Python, needs to reach the simulator; ends with the distance. */
export interface Distance extends AsyncDisposable {
  readonly variables: Variables;
}

/** Azure and GitHub, at a distance to be chosen. */
export class Stage implements AsyncDisposable {
  readonly way: Way;
  readonly simulator: Simulator;
  readonly contoso: Contoso;

  private constructor(way: Way, simulator: Simulator, world: Contoso) {
    this.way = way;
    this.simulator = simulator;
    this.contoso = world;
  }

  static async open(way: Way): Promise<Stage> {
    const simulator = await startSimulator();
    return new Stage(way, simulator, await contoso(simulator));
  }

  /** Puts every service so far away; the machine's metadata service too, which answers on plain http. */
  async at(roundTripMs: number): Promise<Distance> {
    const { simulator, way } = this;
    const loopback = '127.0.0.1';
    const direct = way === 'direct';
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

/** What every part measures with. */
export interface Bench {
  readonly stage: Stage;
  /** The newest first; none where there is no `az`. */
  readonly az: readonly Az[];
  readonly rounds: number;
  /** Of whatever starts `az`, which takes seconds. */
  readonly slowRounds: number;
  /** Says how far it is. */
  readonly progress: (text: string) => void;
}

/** The hosts that a sign-in and `az` ask, for the hosts file of a network of the benchmark's own. */
export const HOSTS = [
  'login.microsoftonline.com',
  'management.azure.com',
  'pipelines.actions.githubusercontent.com',
] as const;
