/**
 * A job that is longer than its tokens live, in seconds instead of minutes: GitHub's tokens live 6 s, Azure's 8 s, and the
 * clients come after 25 s.
 */
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
/** A reader may be as slow as a token lives; a stale file would be stale at every try. */
const TRIES = 5;

const programs: { readonly name: string; readonly early: OpenProcess; readonly late: OpenProcess }[] = [];

const signIn: SignIn = {
  ...toProduction(METHODS.oidc),
  env: (world) => {
    shortLives(world);
    return {};
  },
};

checkClient('a long job', signIn, (check) => {
  let started = 0;

  check('programs that stay open get a token at once', async (session) => {
    started = performance.now();
    for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
      const [early, late] = [new OpenProcess(program, session.job), new OpenProcess(program, session.job)];
      programs.push({ name, early, late });
      await untilToken(early, 'https://management.azure.com/.default', program, 0);
    }
  });

  check('the token file and the entry of az stay fresh', async (session) => {
    let longestStale = 0;
    for (; performance.now() - started < JOB_MS; await pause(200)) {
      longestStale = Math.max(longestStale, staleMs(session.step));
    }
    assert.ok(session.world.simulator.github.issued.length > JOB_MS / 6000, 'the refresher asks GitHub for nothing');
    assert.ok(longestStale < 2000, `stale for ${longestStale} ms`);
  });

  for (const [name, command] of Object.entries(AZS)) {
    check(`${name}: a token for a resource never asked for`, async ({ job, folder, account }) => {
      // The two versions of az cannot read each other's.
      rmSync(join(folder, 'msal_http_cache.bin'), { force: true });
      const resource = name === 'az 2.45' ? 'https://vault.azure.net' : 'https://graph.microsoft.com';
      const args = ['account', 'get-access-token', '--resource', resource];
      const { aud, oid } = await again(async () =>
        claimsOf((await new Az(command, job).json<Token>(...args)).accessToken),
      );
      assert.deepEqual([aud, oid], [resource, account.objectId]);
    });

    check(`${name}: group list, with a token of Resource Manager that has ended`, async ({ job }) => {
      assert.equal((await again(() => new Az(command, job).groups())).length, 2);
    });
  }

  for (const [name, program] of Object.entries(OPEN_PROGRAMS)) {
    check(`${name}: a fresh process`, async (session) => {
      const token = await again(() => tokenOf(program, session.job, 'https://vault.azure.net/.default'));
      assert.match(claimsOf(token).aud, /vault/);
    });

    check(`${name}: a process that stayed open, and asks first now`, async () => {
      const token = await untilToken(opened(name).late, 'https://vault.azure.net/.default', program, 0);
      assert.match(claimsOf(token).aud, /vault/);
    });

    // Before that, Python's and Go's have but the assertion that they once read, and Entra refuses it: AADSTS700024.
    if (program.clock === 'fixed') continue;
    check(`${name}: a process that stayed open, once it reads the file again`, async () => {
      const { early } = opened(name);
      for (const [n, host] of ['graph.microsoft.com', 'management.azure.com'].entries()) {
        const since = (n + 1) * (TRIES + 1) * 2 * program.keepsFile;
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

test('a killed job, whose folder the runner removes, takes its refresher along within 15 s', async () => {
  await using world = await World.start();
  shortLives(world);
  const step = await world.signedIn(world.identity);
  const { agentPid } = JSON.parse(step.state['session'] ?? '{}') as { agentPid: number };
  assert.match(commandLine(agentPid), /keep-alive/);
  rmSync(step.result.outputs['config-dir'] ?? '', { recursive: true });
  for (const end = performance.now() + 15_000; commandLine(agentPid) !== ''; await pause(100)) {
    assert.ok(performance.now() < end, `${agentPid} still runs`);
  }
});

function shortLives({ simulator }: World): void {
  simulator.github.idTokenLifetimeSeconds = 6;
  simulator.entra.accessTokenLifetimeSeconds = 8;
}

function opened(name: string): (typeof programs)[number] {
  return programs.find((program) => program.name === name) ?? assert.fail(`${name} was not started`);
}

async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = TRIES; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0) throw error;
    }
  }
}

/**
 * Asks until there is a token: an assertion that ended on the way is kept, and the next try must be that much later.
 * @param since how far the clock of the process has been put forward, in seconds
 */
async function untilToken(
  running: OpenProcess,
  scope: string,
  { clock, keepsFile }: OpenProgram,
  since: number,
): Promise<string> {
  let later = since;
  return again(async () => {
    const { token, error } = await running.token(scope);
    if (token !== undefined) return token;
    later += 2 * keepsFile;
    if (clock === 'movable') await running.forward(later);
    throw new Error(error);
  });
}

function commandLine(pid: number): string {
  return readProc(`/proc/${pid}/cmdline`);
}
