import { ACTIVITIES } from '../parts/profile.ts';
import type { Results } from '../results.ts';
import { goals, startShare } from './goals.ts';
import { grouped, megabytes, milliseconds, table, times, wrapped } from './text.ts';

/** The whole of `docs/performance.md`: its prose is here, so that a run never leaves a sentence behind its figures. */
export function page(results: Results): string {
  const sections = [
    introduction(results),
    reached(results),
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

A sign-in is two or three requests that depend on each other (GitHub, Entra ID, Azure Resource Manager) and the start of a Node
process. Here is what it costs beyond that, and what a login by the Azure CLI costs.

![main as a multiple of the floor, and beside a CLI-based login](performance.svg)

Measured on ${date}: ${cores} cores (${processor}), ${system}, Node ${node}, ${clients}.
${rounds} interleaved rounds, ${slowRounds} of what starts \`az\`. Times are of whole processes, from the start to the end; the figure is the median, and half of
the runs lie between the two in parentheses. [How it was measured](#how-it-was-measured) says the rest.`;
}

function reached(results: Results): string {
  const rows = goals(results).map(({ goal, measured, verdict }) => [goal, measured, verdict]);
  return `## Goals

${table(['goal', 'measured', ''], rows)}

The floors are [below](#signing-in). Over a distance round trips are most of a sign-in by either, and even the bare floor, which only
asks, is no more times as fast as \`az\` than is said beside main.`;
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
  const share = startShare(signIns.find(({ startingFloor }) => startingFloor !== undefined));
  const starting =
    share === undefined
      ? ''
      : ` Most of it is the system's: to start an empty Node process the same way costs the bare floor ${share.toFixed(1)} ms at 0 ms. Over a distance it starts while packets travel.`;
  return `## Signing in

The **floor** is the least that a sign-in asks for: a Node program (\`bench/floor.mjs\`) that makes the same requests in the same
order with every connection opened ahead, and checks nothing, writes nothing and knows no other case. It is written as one writes
such a program: it imports what it needs, then connects. Main begins its connections before it has loaded TLS, so that over a
distance it is faster than that. The **bare floor** is the same program with every such trick: nothing could be faster.

With \`oidc\`, main also starts the process that keeps the session alive; the rows with \`keep-alive: false\` show what that costs.${starting}

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

V8's profile of a sign-in by \`oidc\` with \`keep-alive: false\`, in milliseconds, beside those of the bare floor and of an empty Node
process, and of the sign-out after it; medians of seven. The profiler slows everything down, code that is run once above all.

${table(['', ...measured.map(({ who, roundTripMs }) => `${who}, ${roundTripMs} ms`)], rows)}

Main compiles what it calls of \`dist\`, and runs all of it for the first and only time. Over a distance most of that happens while packets travel: the wait is shorter than the bare floor's by as much. Post has nothing to wait for: what it takes beyond an empty process is to
compile its one file, and to remove each file and folder of the profile.

What would make that part shorter, and is not done: V8 can keep compiled code on the disk (\`module.enableCompileCache\`). A hosted
runner has no disk that lasts, and on one that has, the cache would be code that any job can replace and that the next job runs with
its credentials in reach.`;
}

function cliLogins({ signIns }: Results): string {
  const rows = signIns.flatMap(({ method, roundTripMs, main, logins }) =>
    logins.map(({ az, start, time, toMain }) => [
      method,
      `${roundTripMs} ms`,
      az,
      start,
      milliseconds(time),
      milliseconds(main),
      `${times(toMain, 1)}`,
    ]),
  );
  if (rows.length === 0) return '';
  return `## Beside a CLI-based login

What \`azure/login\` runs of the CLI: \`az version\`, \`az cloud set\`, \`az login\` and \`az account set\`, one after the other. Once in a
new folder with every setting as it comes, as for the first job of a runner; once in a warm one, where the command index is built,
the check for a newer version is done, and telemetry is off. Left out, in favour of the CLI: the Node process of the action around
it, and its request for GitHub's ID token. (\`azure/login\` knows no certificate; the row is what one would run by hand.)

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
  const beside = clears.map(
    ({ az, time, toPost }) =>
      `\`az account clear\` of ${az} takes ${milliseconds(time)}, ${toPost.median.toFixed(0)} times as long.`,
  );
  return `## Signing out

Post asks nobody, so there is one distance. It removes the profile, gives the variables back, and after \`oidc\` ends the process
that keeps the session alive.${beside.length === 0 ? '' : ` ${beside.join(' ')}`}

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
  const asked = traffic
    .filter(({ who }) => who.startsWith('first az group list'))
    .map(({ who, requests }) => `* ${who}: ${requests.map((request) => `\`${request}\``).join(', ')}`);
  return `## The first command of a later step

\`az group list\` in a profile that no command has used yet, as main leaves it and as \`az login\` leaves it in a warm folder, after
\`oidc\` and a pause of 300 ms, as there is one between two steps.

${table(['`az`', 'round trip', 'after main', 'after `az login`', 'main / login'], rows)}${
  asked.length === 0 ? '' : `\n\nWhat it asks for:\n\n${asked.join('\n')}`
}`;
}

function jobs({ jobs: measured }: Results): string {
  if (measured.length === 0) return '';
  const rows = measured.map(({ az, start, roundTripMs, action, commands, commandsToAction }) => [
    `${roundTripMs} ms`,
    az,
    start,
    milliseconds(action),
    milliseconds(commands),
    times(commandsToAction, 1),
  ]);
  return `## A whole job

Signing in, one \`az group list\` and signing out: by main and post, and by the commands of \`azure/login\`, with \`az account clear\` at
the end. In a new folder the first \`az\` builds its command index: with this action that is the one of the job, else \`az version\`.

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

Beside main with \`oidc\` there is a floor with a token that is there already: it fetches and parses the pages of the list, one after
the other as each names the next, and does nothing else. No distance, which would only add the same to both.

${table(['subscriptions', 'pages', 'pages alone', 'main', 'main / pages', 'peak memory of main'], rows)}`;
}

function traffic({ traffic: measured }: Results): string {
  if (measured.length === 0) return '';
  const [posts, others] = [true, false].map((isPost) =>
    measured.filter(({ who }) => who.startsWith('post') === isPost),
  );
  const rows = (others ?? []).map(({ who, requests, tcpConnections, tlsHandshakes }) => [
    who,
    String(requests.length),
    String(tcpConnections),
    String(Object.values(tlsHandshakes).reduce((sum, count) => sum + count, 0)),
  ]);
  const requests = measured
    .filter(({ who }) => who.startsWith('main'))
    .map(({ who, requests: made }) => `* ${who}: ${made.map((request) => `\`${request}\``).join(', ')}`);
  const ofPost = (posts ?? []).reduce((sum, row) => sum + row.requests.length + row.tcpConnections, 0);
  return `## Requests, connections, handshakes

From the simulator's own record of one run each. Post makes ${ofPost === 0 ? 'no request and no connection' : `${ofPost} requests and connections`}. A CLI-based login with \`oidc\` is given
its ID token, so GitHub's request is not among its own.

${table(['', 'requests', 'TCP connections', 'TLS handshakes'], rows)}

${requests.join('\n')}`;
}

function memory({ memory: measured }: Results): string {
  if (measured.length === 0) return '';
  const rows = measured.map(({ who, peak }) => [who, megabytes(peak.median)]);
  return `## Memory

The most that the process held at one time (resident set), as the kernel tells its parent; the median of three.

${table(['', 'peak'], rows)}`;
}

function method({ conditions }: Results): string {
  const way =
    conditions.way === 'direct'
      ? 'in a network namespace of their own, where the real host names and the address of the metadata service are loopback'
      : "through the simulator's proxy, which costs every connection one more round trip, since this machine allows no network namespace";
  return `## How it was measured

\`\`\`sh
npm ci && npm run bench
\`\`\`

* The built action runs as the runner runs it, with every input at its default that a workflow need not give. Azure and GitHub are
  the simulator, over TLS, ${way}.
* A relay in front of the simulator puts it at a distance: the opening of a connection costs one round trip, each burst of bytes
  half of one. The metadata service, on plain http, is as far away.
* What is compared runs in turn, round by round, in the opposite order every second time, after one run to warm up. A ratio is
  the median of the ratios within the rounds, so that a machine which slows down slows both. Around a run, not in its time: an
  empty profile for each, and a post after each main.
* A Node process and \`az\` find their files in the page cache and \`az\` its bytecode: the first run on a fresh machine takes longer,
  \`az\` above all.
* The simulator answers at once, where Azure takes its time, and its keys for TLS are on elliptic curves, which cost a little less
  than RSA keys: both make the ratios to the floor larger than they would be with Azure.
* After \`az\` with telemetry there is a pause of 2 s, in which its uploader ends; elsewhere \`az\` runs with telemetry off.
* Memory is read from the kernel after the end. Requests, connections and handshakes are the simulator's record. Which files and
  modules are loaded is told by V8's coverage and a preload, in runs that are not timed.

Shorter: \`npm run bench -- --runs 3\` shows the page without writing it, \`--only sign-in\` (\`profile\`, \`sign-out\`, \`first-command\`,
\`job\`, \`subscriptions\`, \`traffic\`, \`memory\`, \`budget\`) measures one part, \`--write\` writes all the same.`;
}

const BUDGET = `## The budget

\`bench/budget.json\` says for each way to sign in, and for post: the requests in their order, the TCP connections, the TLS
handshakes of each host, the files of \`dist\` that are loaded, their bytes, and how many of Node's own modules are loaded beyond
those of an empty process. \`npm test\` holds it: counts, not times, so that a slow machine changes nothing. Going beyond is a
decision: \`npm run bench -- --only budget --write\` takes the figures as they are, and the change of the file is reviewed.`;
