/**
 * Runs tests in a network namespace that has only loopback, so that nothing can leave the machine and the managed
 * identity service has its real address.
 */
import { spawnSync } from 'node:child_process';

/** Marks a process inside the fence. */
const MARKER = 'CLIENTS_FENCE';

/** The address of the managed identity service on Azure's machines. Inside the fence, it is on loopback. */
export const METADATA_ADDRESS = '169.254.169.254';

export function isFenced(): boolean {
  return process.env[MARKER] === 'up';
}

/** A process to start: `env` is its whole environment. */
export interface FencedCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * @param hosts a file that replaces `/etc/hosts` in the fence; `''` for the machine's own
 * @returns the command that runs a script in a fence; `undefined` if the machine does not allow it (not Linux, not
 * root, a container without `CAP_SYS_ADMIN`), in which case callers continue without a fence
 */
export function fencedCommand(script: string, args: readonly string[], hosts = ''): FencedCommand | undefined {
  const namespace = ['--net', '--mount', '--fork', '--kill-child'];
  allowed ??= spawnSync('unshare', [...namespace, PYTHON, '-c', RAISE_LOOPBACK], { stdio: 'ignore' }).status === 0;
  if (!allowed) return undefined;
  // "$@" contains the arguments after the name `fence`, which the shell does not interpret.
  const inside = `${PYTHON} -c "$1" && { [ -z "$2" ] || mount --bind "$2" /etc/hosts; } && shift 2 && exec "$@"`;
  return {
    command: 'unshare',
    args: [...namespace, '/bin/sh', '-c', inside, 'fence', RAISE_LOOPBACK, hosts, process.execPath, script, ...args],
    env: { ...process.env, [MARKER]: 'up' },
  };
}

let allowed: boolean | undefined;

/** @returns the exit code of the script in a fence; `undefined` if the machine does not allow a fence */
export function runFenced(script: string, args: readonly string[], hosts = ''): number | undefined {
  const fenced = fencedCommand(script, args, hosts);
  if (fenced === undefined) return undefined;
  const { command, env } = fenced;
  return spawnSync(command, fenced.args, { stdio: ['ignore', 'inherit', 'inherit'], env }).status ?? 1;
}

const PYTHON = '/usr/bin/python3';

/**
 * Brings up loopback, which is down in a new namespace. Uses `ioctl`, because `ip` may not be installed: SIOCSIFFLAGS
 * with up, running and loopback, then SIOCSIFADDR and SIOCSIFNETMASK for an alias. Source: netdevice(7).
 */
const RAISE_LOOPBACK = `
import fcntl, socket, struct
s = socket.socket()
def address(ip):
    return struct.pack('16sHH4s8s', b'lo:metadata', socket.AF_INET, 0, socket.inet_aton(ip), b'')
fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x49))
fcntl.ioctl(s, 0x8916, address('${METADATA_ADDRESS}'))
fcntl.ioctl(s, 0x891c, address('255.255.255.255'))
`;
