/**
 * Clients of a session with `credential-store: memory`, after each sign-in method: both versions of `az`, the Azure SDKs
 * and Terraform's library. The files of the clients have more checks.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AZ_NEWEST, GO_ARM, JAVA_CLASS } from '../../scripts/clients/clients.ts';
import { findSecrets, type World } from '../action/world.ts';
import { AZS, Az, checkAz, type Token } from './az.ts';
import { java, trustInJava } from './java.ts';
import { METHODS, toProduction } from './methods.ts';
import { NO_CLI, OPEN_PROGRAMS, OpenProcess } from './open-process.ts';
import { type Check, checkClient, claimsOf, processesOf, readProc, type Session, type SignIn } from './session.ts';

const MEMORY = { 'credential-store': 'memory', 'export-env': 'azure, terraform' };

/** `az` shows this name for every identity of an endpoint. */
function asIdentity({ account, ...signIn }: SignIn): SignIn {
  const named = { name: 'userAssignedIdentity', type: 'servicePrincipal' } as const;
  return { ...signIn, account: (world) => ({ ...account(world), ...named }) };
}

const SIGN_INS = Object.fromEntries(
  (['secret', 'certificate', 'oidc', 'workload identity', 'user'] as const).map((method) => [
    method,
    asIdentity(toProduction(METHODS[method], MEMORY)),
  ]),
);

const PROGRAMS = [...Object.keys(OPEN_PROGRAMS), ...(existsSync(JAVA_CLASS) ? ['azure-identity for Java'] : [])];

for (const method of ['secret', 'user']) checkAz(SIGN_INS[method] ?? assert.fail(), `, memory, ${method}`);
for (const [method, signIn] of Object.entries(SIGN_INS)) {
  checkClient(`a session in memory, ${method}`, signIn, (check) => {
    for (const [name, command] of Object.entries(AZS)) {
      check(`${name} gets a token of the identity`, async ({ job, account }) => {
        const { accessToken } = await new Az(command, job).json<Token>('account', 'get-access-token');
        assert.equal(claimsOf(accessToken).oid, account.objectId);
      });
    }
    for (const name of PROGRAMS) {
      check(`${name} gets tokens of the identity`, async (session) => {
        await using running = new Running(name, session);
        for (const service of ['management.azure.com', 'vault.azure.net']) {
          assert.equal(await running.owner(service), session.account.objectId);
        }
      });
    }
    check("Terraform's library gets a token of the identity", async (session) => {
      const { stdout } = await session.run(GO_ARM, ['resource-manager'], { PATH: NO_CLI });
      assert.equal(claimsOf(stdout.trim()).oid, session.account.objectId);
    });
    checkSecrecy(check);
  });
}

/** Tokens live 8 s, and the programs request one every 8 s. */
for (const method of ['secret', 'certificate', 'oidc', 'user']) {
  const signIn = SIGN_INS[method] ?? assert.fail();
  const prepare = ({ simulator }: World): void => {
    simulator.entra.accessTokenLifetimeSeconds = 8;
  };
  checkClient(`a session in memory, ${method}, longer than three tokens`, { ...signIn, prepare }, (check) => {
    check('programs always get valid tokens', async (session) => {
      const programs = PROGRAMS.map((name) => new Running(name, session));
      for (let life = 0; life < 4; life++) {
        for (const program of programs) {
          const { oid, exp } = await program.claims('management.azure.com');
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

checkClient(
  'a session in memory, behind a proxy for plain http',
  {
    ...(SIGN_INS['secret'] ?? assert.fail()),
    env: () => {
      const url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      return { HTTP_PROXY: url, http_proxy: url, NO_PROXY: '', no_proxy: '' };
    },
  },
  (check) => {
    for (const [name, command] of Object.entries(AZS)) {
      check(`${name} sends its requests to the endpoint directly`, async ({ job }) => {
        await new Az(command, job).json('account', 'get-access-token');
        assert.deepEqual(proxied, []);
      });
    }
    for (const name of PROGRAMS) {
      check(`${name} sends its requests to the endpoint directly`, async (session) => {
        await using running = new Running(name, session);
        assert.equal(await running.owner('management.azure.com'), session.account.objectId);
        assert.deepEqual(proxied, []);
      });
    }
  },
);

class Running implements AsyncDisposable {
  readonly #program: OpenProcess;

  constructor(name: string, { job, world }: Session) {
    const isJava = OPEN_PROGRAMS[name] === undefined;
    if (isJava) trustInJava(world);
    this.#program = new OpenProcess(OPEN_PROGRAMS[name] ?? { command: java(world) }, job);
  }

  async claims(service: string): Promise<ReturnType<typeof claimsOf>> {
    const { token, error } = await this.#program.token(`https://${service}/.default`);
    return claimsOf(token ?? assert.fail(error));
  }

  async owner(service: string): Promise<string> {
    return (await this.claims(service)).oid;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program.close();
  }
}

/** Runs last: no credential is where another step could read it. */
function checkSecrecy(check: Check): void {
  check('no file, argument or environment has a secret or a token', async (session) => {
    const { job, world } = session;
    const secrets = [...secretsOf(world), ...(await tokensOf(session))];
    assert.ok(secrets.length > 4);
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
    assert.ok(world.simulator.requests.length > 0);
    assert.deepEqual(findSecrets(secrets, texts), []);
  });
}

function secretsOf({ contoso, simulator }: World): string[] {
  const key = contoso.certificate.privateKey.split('\n').slice(1, 3);
  const refreshTokens = simulator.requests.flatMap(({ form }) => form.get('refresh_token') ?? []);
  return [contoso.clientSecret, contoso.password, ...key, ...refreshTokens];
}

/** The cached tokens of the endpoint. */
async function tokensOf({ job }: Session): Promise<string[]> {
  const token = ['account', 'get-access-token'];
  const [az, vault] = [new Az(AZ_NEWEST, job), [...token, '--resource', 'https://vault.azure.net']];
  return [(await az.json<Token>(...token)).accessToken, (await az.json<Token>(...vault)).accessToken];
}
