/** A job that outlives its tokens: GitHub's live 6 s, Azure's 8 s, and the clients run after 25 s. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { World } from '../action/world.ts';
import { AZS, Az, type Token } from './az.ts';
import { METHODS, toProduction } from './methods.ts';
import { OPEN_PROGRAMS, OpenProcess, type OpenProgram, tokenOf } from './open-process.ts';
import { checkClient, claimsOf, readProc, type SignIn, staleMs } from './session.ts';

const JOB_MS = 25_000;
/** A slow client may read a token that expires before its use. A stale file would fail all tries. */
const TRIES = 5;

const programs: { readonly name: string; readonly early: OpenProcess; readonly late: OpenProcess }[] = [];

const signIn: SignIn = {
  ...toProduction(METHODS.oidc),
  prepare: shortenLifetimes,
};

checkClient('a long job', signIn, (check) => {
  let started = 0;

  check('long-running programs get a token at the start', async (session) => {
    started = performance.now();
    for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
      const [early, late] = [new OpenProcess(program, session.job), new OpenProcess(program, session.job)];
      programs.push({ name, early, late });
      await untilToken(early, 'https://management.azure.com/.default', program, 0);
    }
  });

  check('the token file and the assertion for az never go stale for 2 s', async (session) => {
    let longestStale = 0;
    for (; performance.now() - started < JOB_MS; await pause(200)) {
      longestStale = Math.max(longestStale, staleMs(session.step));
    }
    assert.ok(session.world.simulator.github.issued.length > JOB_MS / 6000, 'the refresher sent no request to GitHub');
    assert.ok(longestStale < 2000, `stale for ${longestStale} ms`);
  });

  for (const [name, command] of Object.entries(AZS)) {
    check(`${name}: a token for a resource without a cached token`, async ({ job, folder, account }) => {
      // The two versions of az cannot read each other's HTTP cache.
      rmSync(join(folder, 'msal_http_cache.bin'), { force: true });
      const resource = name === 'az 2.45' ? 'https://vault.azure.net' : 'https://graph.microsoft.com';
      const args = ['account', 'get-access-token', '--resource', resource];
      const { aud, oid } = await retry(async () =>
        claimsOf((await new Az(command, job).json<Token>(...args)).accessToken),
      );
      assert.deepEqual([aud, oid], [resource, account.objectId]);
    });

    check(`${name}: group list, after the Resource Manager token expired`, async ({ job }) => {
      assert.equal((await retry(() => new Az(command, job).groups())).length, 2);
    });
  }

  for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
    check(`${name}: a fresh process`, async (session) => {
      const token = await retry(() => tokenOf(program, session.job, 'https://vault.azure.net/.default'));
      assert.match(claimsOf(token).aud, /vault/);
    });

    check(`${name}: the first token of a long-running process`, async () => {
      const token = await untilToken(opened(name).late, 'https://vault.azure.net/.default', program, 0);
      assert.match(claimsOf(token).aud, /vault/);
    });

    // Until then, the libraries for Python and Go use the cached assertion, which Entra ID rejects with AADSTS700024.
    if (program.clock === 'fixed') continue;
    check(`${name}: a long-running process, after it reads the file again`, async () => {
      const { early } = opened(name);
      for (const [n, host] of ['graph.microsoft.com', 'management.azure.com'].entries()) {
        const since = (n + 1) * (TRIES + 1) * 2 * program.fileCacheSeconds;
        await early.forward(since);
        const token = await untilToken(early, `https://${host}/.default`, program, since);
        assert.ok(claimsOf(token).aud.includes(host));
      }
    });
  }

  check('the programs end', async () => {
    for (const { early, late } of programs) await Promise.all([early.close(), late.close()]);
  });
});

test('the refresher ends within 15 s after the runner removes the folder of a killed job', async () => {
  await using world = await World.start();
  shortenLifetimes(world);
  const step = await world.signIn(world.identity);
  const { agentPid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
  assert.match(commandLine(agentPid), /keep-alive/);
  rmSync(step.result.outputs['config-dir'] ?? '', { recursive: true });
  for (const end = performance.now() + 15_000; commandLine(agentPid) !== ''; await pause(100)) {
    assert.ok(performance.now() < end, `${agentPid} still runs`);
  }
});

function shortenLifetimes({ simulator }: World): void {
  simulator.github.idTokenLifetimeSeconds = 6;
  simulator.entra.accessTokenLifetimeSeconds = 8;
}

function opened(name: string): (typeof programs)[number] {
  return programs.find((program) => program.name === name) ?? assert.fail(`${name} was not started`);
}

async function retry<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = TRIES; ; tries--) {
    try {
      return await attempt();
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

/**
 * Retries until there is a token. A library caches expired assertions too, so each retry moves the clock past the cache.
 * @param since by how many seconds the clock of the process is ahead already
 */
async function untilToken(
  running: OpenProcess,
  scope: string,
  { clock, fileCacheSeconds }: OpenProgram,
  since: number,
): Promise<string> {
  let later = since;
  return retry(async () => {
    const { token, error } = await running.token(scope);
    if (token !== undefined) return token;
    later += 2 * fileCacheSeconds;
    if (clock === 'movable') await running.forward(later);
    throw new Error(error);
  });
}

function commandLine(pid: number): string {
  return readProc(`/proc/${pid}/cmdline`);
}
