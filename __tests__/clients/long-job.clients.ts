/** A job that outlives its tokens: GitHub's live 6 s, Azure's 8 s, and the clients run after 25 s. */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AZS, newAz } from './az.ts';
import { METHODS, toProduction } from './methods.ts';
import { firstToken, OPEN_PROGRAMS, OpenProcess, type OpenProgram } from './open-process.ts';
import { type Claims, checkClient, claimsOf, type SignIn, staleMs } from './session.ts';

const JOB_MS = 25_000;
/** A slow client may read a token that expires before its use. A stale file would fail all tries. */
const TRIES = 5;

const programs: Record<string, { readonly early: OpenProcess; readonly late: OpenProcess }> = {};

const signIn: SignIn = {
  ...toProduction(METHODS.oidc),
  prepare: ({ simulator }) => {
    simulator.github.idTokenLifetimeSeconds = 6;
    simulator.entra.accessTokenLifetimeSeconds = 8;
  },
};

checkClient('a long job', signIn, (check) => {
  let started = 0;

  check('long-running programs get a token at the start', async ({ job }) => {
    started = performance.now();
    for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
      const early = new OpenProcess(program.command, job);
      programs[name] = { early, late: new OpenProcess(program.command, job) };
      await untilToken(early, 'https://management.azure.com/.default', program);
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
      const { aud, oid } = claimsOf(await retry(() => newAz(command, job).token('--resource', resource)));
      assert.deepEqual([aud, oid], [resource, account.objectId]);
    });

    check(`${name}: group list, after the Resource Manager token expired`, async ({ job }) => {
      assert.equal((await retry(() => newAz(command, job).groups())).length, 2);
    });
  }

  for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
    check(`${name}: a fresh process`, async ({ job }) => {
      const { aud } = await retry(() => firstToken(program.command, job, 'https://vault.azure.net/.default'));
      assert.match(aud, /vault/);
    });

    check(`${name}: the first token of a long-running process`, async () => {
      const { aud } = await untilToken(opened(name).late, 'https://vault.azure.net/.default', program);
      assert.match(aud, /vault/);
    });

    // Until then, the libraries for Python and Go use the cached assertion, which Entra ID rejects with AADSTS700024.
    if (program.clock === 'fixed') continue;
    check(`${name}: a long-running process, after it reads the file again`, async () => {
      const { early } = opened(name);
      for (const [n, host] of ['graph.microsoft.com', 'management.azure.com'].entries()) {
        const since = (n + 1) * (TRIES + 1) * 2 * program.fileCacheSeconds;
        await early.forward(since);
        const { aud } = await untilToken(early, `https://${host}/.default`, program, since);
        assert.ok(aud.includes(host));
      }
    });
  }

  check('the programs end', async () => {
    for (const program of Object.values(programs).flatMap(Object.values<OpenProcess>))
      await program[Symbol.asyncDispose]();
  });
});

function opened(name: string): (typeof programs)[string] {
  return programs[name] ?? assert.fail(`${name} was not started`);
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
async function untilToken(running: OpenProcess, scope: string, program: OpenProgram, since = 0): Promise<Claims> {
  let later = since;
  return retry(() =>
    running.claims(scope).catch(async (error: unknown) => {
      later += 2 * program.fileCacheSeconds;
      if (program.clock === 'movable') await running.forward(later);
      throw error;
    }),
  );
}
