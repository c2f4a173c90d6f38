/**
 * Clients of a session whose credential is in the memory of one process alone: both versions of `az`, the Azure SDKs and
 * the library of Terraform, after each way to sign in. More of them are in the files of each client, Terraform itself too.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { AZ_NEWEST, AZ_OLDEST, GO_ARM, JAVA_CLASS } from '../../scripts/clients/clients.ts';
import { findSecrets, type World } from '../action/world.ts';
import { Az, checkAz, type Token } from './az.ts';
import { java, trustInJava } from './java.ts';
import { METHODS, toProduction } from './methods.ts';
import { OPEN_PROGRAMS, OpenProcess } from './open-process.ts';
import { type Check, checkClient, claimsOf, type Session, type SignIn } from './session.ts';

const MEMORY = { 'credential-store': 'memory', 'export-env': 'azure, terraform' };

/** As `az` sees it: every identity of an endpoint has this name. */
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

const AZS = { 'az 2.45': AZ_OLDEST, 'newest az': AZ_NEWEST };
const PROGRAMS = [...Object.keys(OPEN_PROGRAMS), ...(existsSync(JAVA_CLASS) ? ['azure-identity for Java'] : [])];

for (const method of ['secret', 'user']) checkAz(SIGN_INS[method] ?? assert.fail(), `, memory, ${method}`);
for (const [method, signIn] of Object.entries(SIGN_INS)) {
  checkClient(`a session in memory, ${method}`, signIn, (check) => {
    for (const [name, command] of Object.entries(AZS)) {
      check(`${name} has tokens of the identity`, async ({ job, account }) => {
        const { accessToken } = await new Az(command, job).json<Token>('account', 'get-access-token');
        assert.equal(claimsOf(accessToken).oid, account.objectId);
      });
    }
    for (const name of PROGRAMS) {
      check(`${name} has tokens of the identity`, async (session) => {
        await using running = new Running(name, session);
        for (const service of ['management.azure.com', 'vault.azure.net']) {
          assert.equal(await running.owner(service), session.account.objectId);
        }
      });
    }
    check("Terraform's library has tokens of the identity", async (session) => {
      const { stdout } = await session.run(GO_ARM, ['resource-manager'], { PATH: '/nonexistent' });
      assert.equal(claimsOf(stdout.trim()).oid, session.account.objectId);
    });
    checkSecrecy(check);
  });
}

/** Tokens of 8 s: each program asks three lives later, and gets a new one each time. */
for (const method of ['secret', 'certificate', 'oidc', 'user']) {
  const signIn = SIGN_INS[method] ?? assert.fail();
  const env = ({ simulator }: World): Record<string, string> => {
    simulator.entra.accessTokenLifetimeSeconds = 8;
    return {};
  };
  checkClient(`a session in memory, ${method}, longer than three tokens`, { ...signIn, env }, (check) => {
    check('programs go on', async (session) => {
      const programs = PROGRAMS.map((name) => new Running(name, session));
      for (let life = 0; life < 4; life++) {
        for (const program of programs) {
          const { oid, exp } = await program.claims('management.azure.com');
          assert.equal(oid, session.account.objectId);
          assert.ok(exp * 1000 > Date.now(), 'a token that has ended');
        }
        await pause(8000);
      }
      for (const program of programs) await program[Symbol.asyncDispose]();
    });
  });
}

/** Records what a proxy for plain http would see: the request to the endpoint, with its secret. */
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
      check(`${name} asks the endpoint itself`, async ({ job }) => {
        await new Az(command, job).json('account', 'get-access-token');
        assert.deepEqual(proxied, []);
      });
    }
    for (const name of PROGRAMS) {
      check(`${name} asks the endpoint itself`, async (session) => {
        await using running = new Running(name, session);
        assert.equal(await running.owner('management.azure.com'), session.account.objectId);
        assert.deepEqual(proxied, []);
      });
    }
  },
);

/** A program that ends with the check that uses it. */
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

/** After everything above has run, nothing that could sign in is where another step could find it. */
function checkSecrecy(check: Check): void {
  check('no file, argument or environment has a secret or a token', async (session) => {
    const secrets = [...secretsOf(session.world), ...(await tokensOf(session))];
    assert.ok(secrets.length > 4);
    const texts: Record<string, string> = {};
    const { job, world } = session;
    for (const folder of [job.temp, job.home, job.workspace]) {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) texts[entry.name] = readFileSync(join(entry.parentPath, entry.name), 'latin1');
      }
    }
    const pids = session.processes().map((line) => line.split(' ')[0] ?? '');
    assert.ok(pids.length > 0);
    for (const pid of pids) {
      for (const file of ['cmdline', 'environ']) texts[`${pid} ${file}`] = read(`/proc/${pid}/${file}`);
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

/** What the endpoint hands out now, which is what it handed out before. */
async function tokensOf({ job }: Session): Promise<string[]> {
  const az = new Az(AZ_NEWEST, job);
  const { accessToken } = await az.json<Token>('account', 'get-access-token');
  const { accessToken: ofVault } = await az.json<Token>(
    'account',
    'get-access-token',
    '--resource',
    'https://vault.azure.net',
  );
  return [accessToken, ofVault];
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
