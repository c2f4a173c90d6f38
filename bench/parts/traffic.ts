import type { RequestRecord } from '../../simulator/records.ts';
import type { Simulator } from '../../simulator/simulator.ts';
import { timeCommands } from '../az.ts';
import { cliLogin, groupList, newJob } from '../contestants.ts';
import { timeProcess } from '../measure/processes.ts';
import { METHODS, methodNamed } from '../methods.ts';
import type { Bench } from '../stage.ts';
import { BenchStep } from '../step.ts';

/** Network traffic, from the simulator's record. */
export interface Traffic {
  /** In the order of arrival, as `METHOD host/path`. */
  readonly requests: readonly string[];
  readonly tcpConnections: number;
  /** By host. */
  readonly tlsHandshakes: Readonly<Record<string, number>>;
}

export interface TrafficRow extends Traffic {
  readonly label: string;
}

export async function measureTraffic(bench: Bench): Promise<TrafficRow[]> {
  bench.progress('traffic');
  const { stage } = bench;
  await using network = await stage.withDelay(0);
  const rows: TrafficRow[] = [];
  const record = async (label: string, run: () => Promise<unknown>): Promise<void> => {
    rows.push({ label, ...(await trafficOf(stage.simulator, run)) });
  };
  for (const method of METHODS) {
    using job = newJob(network.variables, bench.az[0]);
    const step = new BenchStep(job, method.inputs(stage.contoso));
    await record(`main, ${method.name}`, () => step.main());
    await record(`post, ${method.name}`, () => step.post());
    for (const az of bench.az) {
      const { commands } = await cliLogin(bench, job, method, az);
      await record(`CLI-based login, ${method.name}, az ${az.version}`, () => timeCommands(commands));
    }
  }
  for (const az of bench.az) {
    using job = newJob(network.variables, az);
    const method = methodNamed('oidc');
    const step = new BenchStep(job, method.inputs(stage.contoso));
    await step.main();
    const later = step.laterVariables;
    const configDir = later['AZURE_CONFIG_DIR'] ?? '';
    await record(`first az group list after main, az ${az.version}`, () =>
      timeProcess(groupList(az, configDir, later)),
    );
    await step.post();
    const login = await cliLogin(bench, job, method, az);
    await timeCommands(login.commands);
    await record(`first az group list after az login, az ${az.version}`, () =>
      timeProcess(groupList(az, login.configDir, job.env)),
    );
  }
  return rows;
}

/** Records the traffic of one run. */
export async function trafficOf(simulator: Simulator, run: () => Promise<unknown>): Promise<Traffic> {
  simulator.clear();
  await run();
  const { tcp, handshakes } = simulator.connections;
  return {
    requests: simulator.requests.map(describeRequest),
    tcpConnections: tcp,
    tlsHandshakes: Object.fromEntries([...handshakes].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** Without ids and random values. */
function describeRequest({ method, host, path }: RequestRecord): string {
  return `${method} ${host}${path.replaceAll(/[0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '{id}')}`;
}
