/**
 * Clients of a session with `credential-store: memory`, after each sign-in method: both versions of `az`, the Azure
 * SDKs and Terraform's library. The files of the clients have more checks.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AZ_NEWEST, GO_ARM, JAVA_CLASS } from '../../scripts/clients/clients.ts';
import { findSecrets, type World } from '../action/world.ts';
import { AZS, checkAz, newAz } from './az.ts';
import { java } from './java.ts';
import { MEMORY, METHODS, toProduction } from './methods.ts';
import { NO_CLI, OPEN_PROGRAMS, OpenProcess } from './open-process.ts';
import {
  type Claims,
  checkClient,
  claimsOf,
  processesOf,
  readProc,
  runClient,
  type Session,
  type SignIn,
} from './session.ts';

function inMemory(method: keyof typeof METHODS): SignIn {
  const { account, ...signIn } = toProduction(METHODS[method], { ...MEMORY, 'export-env': 'azure, terraform' });
  // `az` shows this name for every identity of an endpoint.
  const named = { name: 'userAssignedIdentity', type: 'servicePrincipal' } as const;
  return { ...signIn, account: (world) => ({ ...account(world), ...named }) };
}

const MANAGEMENT = 'https://management.azure.com/.default';

const PROGRAMS = [...Object.keys(OPEN_PROGRAMS), ...(existsSync(JAVA_CLASS) ? ['azure-identity for Java'] : [])];

for (const method of ['secret', 'user'] as const) checkAz(inMemory(method), `, memory, ${method}`);
for (const method of ['secret', 'certificate', 'oidc', 'workload identity', 'user'] as const) {
  checkClient(`a session in memory, ${method}`, inMemory(method), (check) => {
    for (const [name, command] of Object.entries(AZS)) {
      check(`${name} gets a token of the identity`, async ({ job, account }) => {
        assert.equal(claimsOf(await newAz(command, job).token()).oid, account.objectId);
      });
    }
    for (const name of PROGRAMS) {
      check(`${name} gets tokens of the identity`, async (session) => {
        await using running = start(name, session);
        for (const service of ['management.azure.com', 'vault.azure.net']) {
          assert.equal((await running.claims(`https://${service}/.default`)).oid, session.account.objectId);
        }
      });
    }
    check("Terraform's library gets a token of the identity", async ({ job, account }) => {
      const { stdout } = await runClient(job, GO_ARM, ['resource-manager'], NO_CLI);
      assert.equal(claimsOf(stdout.trim()).oid, account.objectId);
    });
    // The last check.
    check('no file, argument or environment has a secret or a token', assertSecrecy);
  });
}

/** Tokens live 8 s, and the programs request one every 8 s. */
for (const method of ['secret', 'certificate', 'oidc', 'user'] as const) {
  const prepare = ({ simulator }: World): void => {
    simulator.entra.accessTokenLifetimeSeconds = 8;
  };
  const signIn = { ...inMemory(method), prepare };
  checkClient(`a session in memory, ${method}, longer than three tokens`, signIn, (check) => {
    check('programs always get valid tokens', async (session) => {
      const programs = PROGRAMS.map((name) => start(name, session));
      for (let life = 0; life < 4; life++) {
        for (const program of programs) {
          const { oid, exp } = await program.claims(MANAGEMENT);
          assert.equal(oid, session.account.objectId);
          assert.ok(exp * 1000 > Date.now(), 'an expired token');
        }
        await pause(8000);
      }
      for (const program of programs) await program[Symbol.asyncDispose]();
    });
  });
}

/** Records requests through a proxy for plain http, which would see the endpoint's secret. */
const proxied: string[] = [];
const proxy = createServer((request, response) => {
  proxied.push(request.url ?? '');
  response.writeHead(502).end();
}).listen(0, '127.0.0.1');
proxy.unref();

const env = () => {
  const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return { HTTP_PROXY: url, http_proxy: url, NO_PROXY: '', no_proxy: '' };
};
checkClient('a session in memory, behind a proxy for plain http', { ...inMemory('secret'), env }, (check) => {
  const checkDirect = (name: string, ownerOf: (session: Session) => Promise<Claims>): void =>
    check(`${name} sends its requests to the endpoint directly`, async (session) => {
      assert.equal((await ownerOf(session)).oid, session.account.objectId);
      assert.deepEqual(proxied, []);
    });
  for (const [name, command] of Object.entries(AZS)) {
    checkDirect(name, async ({ job }) => claimsOf(await newAz(command, job).token()));
  }
  for (const name of PROGRAMS) {
    checkDirect(name, async (session) => {
      await using running = start(name, session);
      return await running.claims(MANAGEMENT);
    });
  }
});

function start(name: string, { job, world }: Session): OpenProcess {
  return new OpenProcess(OPEN_PROGRAMS[name]?.command ?? java(world), job);
}

/** No credential is where another step could read it. */
async function assertSecrecy(session: Session): Promise<void> {
  const { job, world } = session;
  const { requests } = world.simulator;
  const { clientSecret, password, certificate } = world.contoso;
  const key = certificate.privateKey.split('\n').slice(1, 3);
  const refreshTokens = requests.flatMap(({ form }) => form.get('refresh_token') ?? []);
  const az = newAz(AZ_NEWEST, job);
  const tokens = [await az.token(), await az.token('--resource', 'https://vault.azure.net')];
  const texts: Record<string, string> = {};
  for (const folder of [job.temp, job.home, job.workspace]) {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) texts[entry.name] = readFileSync(join(entry.parentPath, entry.name), 'latin1');
    }
  }
  const processes = processesOf(session);
  assert.ok(processes.length > 0);
  for (const [pid, commandLine] of processes) {
    Object.assign(texts, { [`${pid} cmdline`]: commandLine, [`${pid} environ`]: readProc(`/proc/${pid}/environ`) });
  }
  assert.ok(requests.length > 0);
  assert.deepEqual(findSecrets([clientSecret, password, ...key, ...refreshTokens, ...tokens], texts), []);
}
