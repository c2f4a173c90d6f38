import { ACTIVITIES } from '../parts/profile.ts';
import type { Results } from '../results.ts';
import { goals, processStartCost } from './goals.ts';
import { grouped, megabytes, milliseconds, table, times, wrapped } from './text.ts';

/** `docs/performance.md`, including its prose, so that no sentence contradicts new figures. */
export function page(results: Results): string {
  const sections = [
    introduction(results),
    goalSection(results),
    signingIn(results),
    profiles(results),
    cliLogins(results),
    signingOut(results),
    firstCommand(results),
    jobs(results),
    subscriptions(results),
    traffic(results),
    memory(results),
    method(results),
    BUDGET,
  ];
  return `${wrapped(sections.filter((section) => section !== '').join('\n\n'))}\n`;
}

function introduction({ conditions }: Results): string {
  const { date, cores, processor, system, node, az, rounds, slowRounds } = conditions;
  const clients = az.length === 0 ? 'no `az`' : `\`az\` ${az.join(' and ')}`;
  return `# Performance

A sign-in needs the start of a Node process and two or three requests that depend on each other (to GitHub, Entra ID and
Azure Resource Manager). This page shows the cost of the action beyond that minimum, and the cost of a login with the Azure
CLI. Here, *main* is the action's sign-in step, and *post* its sign-out step.

![main as a multiple of the floor, and compared with a CLI-based login](performance.svg)

Measured on ${date}: ${cores} cores (${processor}), ${system}, Node ${node}, ${clients}.
${rounds} interleaved rounds, ${slowRounds} for processes that start \`az\`. Times are for whole processes, from start to end. Each figure is the
median, and half of the runs lie in the range in parentheses. [How it was measured](#how-it-was-measured) has the details.`;
}

function goalSection(results: Results): string {
  const rows = goals(results).map(({ goal, measured, verdict }) => [goal, measured, verdict]);
  return `## Goals

${table(['goal', 'measured', ''], rows)}

The [floors are defined below](#signing-in). With network delay, most of the time of any sign-in is round trips. For comparison,
the table also shows how many times as fast as \`az\` the bare floor is, which only makes the requests.`;
}

function signingIn({ signIns }: Results): string {
  if (signIns.length === 0) return '';
  const rows = signIns.map((row) => [
    row.keepAlive === 'true' ? row.method : `${row.method}, \`keep-alive: false\``,
    `${row.roundTripMs} ms`,
    milliseconds(row.empty),
    milliseconds(row.floor),
    milliseconds(row.bareFloor),
    milliseconds(row.main),
    times(row.mainToFloor),
    times(row.mainToBareFloor),
    row.mainToEmpty.median.toFixed(1),
  ]);
  const share = processStartCost(signIns.find(({ floorWithProcess }) => floorWithProcess !== undefined));
  const starting =
    share === undefined
      ? ''
      : ` Most of this cost is the system's: starting an empty Node process in the same way takes the bare floor ${share.toFixed(1)} ms at 0 ms. With network delay, the process starts during the wait for the network.`;
  return `## Signing in

The **floor** is a minimal sign-in: a Node program (\`bench/floor.mjs\`) that makes the same requests in the same order, with
every connection opened in advance. It checks nothing, writes nothing and handles no other case. It is written in the usual
way: it imports its modules, then connects. Main starts its connections before it loads TLS, so with network delay it can be
faster than the floor. The **bare floor** is the same program with all such optimizations: no sign-in can be faster.

With \`oidc\`, main also starts the process that keeps the session alive. The rows with \`keep-alive: false\` show the time
without it.${starting}

${table(
  [
    'method',
    'round trip',
    'empty Node',
    'floor',
    'bare floor',
    'main',
    'main / floor',
    'main / bare floor',
    'main / empty',
  ],
  rows,
)}`;
}

function profiles({ profiles: measured }: Results): string {
  if (measured.length === 0) return '';
  const rows = ACTIVITIES.map((activity) => [
    activity,
    ...measured.map(({ activities }) => activities[activity].median.toFixed(1)),
  ]);
  return `## Where the time goes

The table shows V8's profiles of a sign-in with \`oidc\` and \`keep-alive: false\`, of the sign-out after it, of the bare floor, and
of an empty Node process, in milliseconds (medians of seven runs). The profiler slows everything down, especially code that
runs only once.

${table(['', ...measured.map(({ label, roundTripMs }) => `${label}, ${roundTripMs} ms`)], rows)}

Main compiles the functions of \`dist\` that it calls, and runs them for the first and only time. With network delay, most of
this happens during the wait for the network, which is shorter than in the bare floor by the same amount. Post waits for
nothing: beyond an empty process, it compiles its one file and removes each file and folder of the profile.

The action does not use one possible optimization: V8 can keep compiled code on disk (\`module.enableCompileCache\`). A hosted
runner has no persistent disk. On a runner with one, any job could replace the cached code, and the next job would run it
with access to its credentials.`;
}

function cliLogins({ signIns }: Results): string {
  const rows = signIns.flatMap(({ method, roundTripMs, main, logins }) =>
    logins.map(({ az, state, time, toMain }) => [
      method,
      `${roundTripMs} ms`,
      az,
      state,
      milliseconds(time),
      milliseconds(main),
      `${times(toMain, 1)}`,
    ]),
  );
  if (rows.length === 0) return '';
  return `## Compared with a CLI-based login

A CLI-based login is the \`az\` commands that \`azure/login\` runs, one after the other: \`az version\`, \`az cloud set\`, \`az login\` and
\`az account set\`. They run in a new folder with default settings, as in the first job of a runner, and in a warm folder, where
the command index is built, the check for a newer version is done, and telemetry is off. In favor of the CLI, the times do not
include the Node process of \`azure/login\` and its request for GitHub's ID token. (\`azure/login\` does not support certificates; that row
shows the commands that you would run by hand.)

${table(['method', 'round trip', '`az`', 'folder', 'CLI-based login', 'main', 'login / main'], rows)}`;
}

function signingOut({ signOuts }: Results): string {
  if (signOuts.length === 0) return '';
  const rows = signOuts.map(({ method, empty, post, postToEmpty }) => [
    method,
    milliseconds(empty),
    milliseconds(post),
    times(postToEmpty),
  ]);
  const clears = signOuts.flatMap(({ clears }) => clears);
  const comparison = clears.map(
    ({ az, time, toPost }) =>
      `\`az account clear\` of ${az} takes ${milliseconds(time)}, ${toPost.median.toFixed(0)} times as long.`,
  );
  return `## Signing out

Post makes no requests, so network delay does not matter. It removes the profile, restores the variables, and after \`oidc\` ends the
process that keeps the session alive.${comparison.length === 0 ? '' : ` ${comparison.join(' ')}`}

${table(['signed in by', 'empty Node', 'post', 'post / empty'], rows)}`;
}

function firstCommand({ firstCommands, traffic }: Results): string {
  if (firstCommands.length === 0) return '';
  const rows = firstCommands.map(({ az, roundTripMs, afterMain, afterLogin, mainToLogin }) => [
    az,
    `${roundTripMs} ms`,
    milliseconds(afterMain),
    milliseconds(afterLogin),
    times(mainToLogin),
  ]);
  const requestLines = traffic
    .filter(({ label }) => label.startsWith('first az group list'))
    .map(({ label, requests }) => `* ${label}: ${requests.map((request) => `\`${request}\``).join(', ')}`);
  return `## The first command of a later step

The command is \`az group list\`, in a profile that no command has used yet: as main leaves it, and as \`az login\` leaves it in a
warm folder. Both sign in with \`oidc\`, and a pause of 300 ms follows, as between two steps.

${table(['`az`', 'round trip', 'after main', 'after `az login`', 'main / login'], rows)}${
  requestLines.length === 0 ? '' : `\n\nIt makes these requests:\n\n${requestLines.join('\n')}`
}`;
}

function jobs({ jobs: measured }: Results): string {
  if (measured.length === 0) return '';
  const rows = measured.map(({ az, state, roundTripMs, action, commands, commandsToAction }) => [
    `${roundTripMs} ms`,
    az,
    state,
    milliseconds(action),
    milliseconds(commands),
    times(commandsToAction, 1),
  ]);
  return `## A whole job

A job signs in, runs \`az group list\` once, and signs out: with main and post, or with the commands of \`azure/login\` and a final
\`az account clear\`. In a new folder, the first \`az\` command builds the command index: with this action it is \`az group list\`, with
\`azure/login\` it is \`az version\`.

${table(['round trip', '`az`', 'folder', 'this action', 'commands of `azure/login`', 'commands / action'], rows)}`;
}

function subscriptions({ subscriptions: measured }: Results): string {
  if (measured.length === 0) return '';
  const rows = measured.map((row) => [
    grouped(row.subscriptions),
    grouped(row.pages),
    milliseconds(row.pagesAlone),
    milliseconds(row.main),
    times(row.mainToPages),
    row.peakMemory === 0 ? '' : megabytes(row.peakMemory),
  ]);
  return `## Many subscriptions

The table compares main with \`oidc\` with a floor that already has a token. That floor only fetches and parses the pages of the list,
one after the other, because each page has the URL of the next. There is no network delay, which would add the same time to both.

${table(['subscriptions', 'pages', 'pages alone', 'main', 'main / pages', 'peak memory of main'], rows)}`;
}

function traffic({ traffic: measured }: Results): string {
  if (measured.length === 0) return '';
  const [posts, others] = [true, false].map((isPost) =>
    measured.filter(({ label }) => label.startsWith('post') === isPost),
  );
  const rows = (others ?? []).map(({ label, requests, tcpConnections, tlsHandshakes }) => [
    label,
    String(requests.length),
    String(tcpConnections),
    String(Object.values(tlsHandshakes).reduce((sum, count) => sum + count, 0)),
  ]);
  const requests = measured
    .filter(({ label }) => label.startsWith('main'))
    .map(({ label, requests: made }) => `* ${label}: ${made.map((request) => `\`${request}\``).join(', ')}`);
  const postCount = (posts ?? []).reduce((sum, row) => sum + row.requests.length + row.tcpConnections, 0);
  return `## Requests, connections, handshakes

The counts come from the simulator's record of one run each. Post makes ${postCount === 0 ? 'no requests and no connections' : `${postCount} requests and connections`}. A CLI-based
login with \`oidc\` gets its ID token as an argument, so it makes no request to GitHub.

${table(['', 'requests', 'TCP connections', 'TLS handshakes'], rows)}

${requests.join('\n')}`;
}

function memory({ memory: measured }: Results): string {
  if (measured.length === 0) return '';
  const rows = measured.map(({ label, peak }) => [label, megabytes(peak.median)]);
  return `## Memory

The table shows the peak resident set size of the process, as the kernel reports it to the parent process (median of three runs).

${table(['', 'peak'], rows)}`;
}

function method({ conditions }: Results): string {
  const route =
    conditions.route === 'direct'
      ? 'in a separate network namespace, in which the real host names and the address of the metadata service are on loopback'
      : "through the simulator's proxy, which costs each connection one more round trip, because this machine does not allow a network namespace";
  return `## How it was measured

\`\`\`sh
npm ci && npm run bench
\`\`\`

* The built action runs as the runner runs it, with the default of every optional input. Azure and GitHub are
  the simulator, over TLS, ${route}.
* A relay in front of the simulator adds the network delay: one round trip for opening a connection, and half a round trip for
  each burst of bytes. The metadata service, over plain http, has the same delay.
* The compared processes run in turn, round by round, in reverse order every second round, after one warm-up run. A ratio is
  the median of the ratios within the rounds, so that a slow phase of the machine affects both sides. Each run has an empty
  profile, and a post follows each main; neither is part of the time.
* The files of Node and \`az\` are in the page cache, and the bytecode of \`az\` is compiled. The first run on a fresh machine takes
  longer, especially with \`az\`.
* The simulator responds immediately, while Azure takes time, and its TLS keys are on elliptic curves, which cost slightly less
  than RSA keys. Both make the ratios to the floor larger than they would be with Azure.
* After \`az\` with telemetry there is a pause of 2 s, in which its uploader ends. Otherwise, \`az\` runs with telemetry off.
* Memory is read from the kernel after the process ends. Requests, connections and handshakes come from the simulator's record.
  V8's coverage and a preloaded module list the loaded files and modules, in runs that are not timed.

For a shorter run, use \`npm run bench -- --runs 3\`, which prints the page instead of writing it unless you add \`--write\`. To measure one part, use
\`--only sign-in\` (\`profile\`, \`sign-out\`, \`first-command\`, \`job\`, \`subscriptions\`, \`traffic\`, \`memory\`, \`budget\`).`;
}

const BUDGET = `## The budget

For each method and entry, \`bench/budget.json\` sets the requests in their order, the TCP connections, the TLS handshakes of
each host, the number and size of the loaded files of \`dist\`, and the number of Node's own modules beyond those of an empty
process. \`npm test\` enforces the budget. It contains counts and no times, so a slow machine makes no difference. To raise the
budget deliberately, run \`npm run bench -- --only budget --write\`, which sets the current figures, and have the change reviewed.`;
