/**
 * A network of the tests' own: a namespace with loopback and nothing else, in which nothing can leave the machine and
 * the managed identity service has its real address.
 */
import { spawnSync } from 'node:child_process';

/** Tells the process inside that it is. */
const MARKER = 'CLIENTS_FENCE';

/** Where Azure's machines answer for their managed identity; inside the fence it is an address of loopback. */
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
 * What runs a script of this project inside of a fence.
 * @param hosts a file to be seen as `/etc/hosts` inside, `''` for the machine's own
 * @returns `undefined` where the machine allows no such thing (not Linux, not root, a container without
 * `CAP_SYS_ADMIN`): the caller then goes on without
 */
export function fenced(script: string, args: readonly string[], hosts = ''): FencedCommand | undefined {
  const namespace = ['--net', '--mount', '--fork', '--kill-child'];
  allowed ??= spawnSync('unshare', [...namespace, PYTHON, '-c', RAISE_LOOPBACK], { stdio: 'ignore' }).status === 0;
  if (!allowed) return undefined;
  // "$@" is what follows the name `fence`: no part of it is read by the shell.
  const inside = `${PYTHON} -c "$1" && { [ -z "$2" ] || mount --bind "$2" /etc/hosts; } && shift 2 && exec "$@"`;
  return {
    command: 'unshare',
    args: [...namespace, '/bin/sh', '-c', inside, 'fence', RAISE_LOOPBACK, hosts, process.execPath, script, ...args],
    env: { ...process.env, [MARKER]: 'up' },
  };
}

let allowed: boolean | undefined;

/** @returns the exit code of the script in a fence, or `undefined` where there can be none */
export function runFenced(script: string, args: readonly string[], hosts = ''): number | undefined {
  const found = fenced(script, args, hosts);
  if (found === undefined) return undefined;
  const { status } = spawnSync(found.command, found.args, { stdio: ['ignore', 'inherit', 'inherit'], env: found.env });
  return status ?? 1;
}

const PYTHON = '/usr/bin/python3';

/**
 * A new namespace's loopback is down. `ip` may not be installed; the same by `ioctl`: SIOCSIFFLAGS with up, running and
 * loopback, then SIOCSIFADDR and SIOCSIFNETMASK of an alias. Source: netdevice(7).
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
