import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { afterEach, beforeEach, describe } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { SessionError } from '../../src/core/session-error.ts';
import { changesBetween } from '../../src/profile/documents.ts';
import { ProfileFolder } from '../../src/profile/folder.ts';
import { trustedOwners } from '../../src/profile/folders-above.ts';
import { logOut } from '../../src/profile/log-out.ts';
import type { SharedLogin } from '../../src/profile/merge.ts';
import { addLogin } from '../../src/profile/merge.ts';
import { parseDocument } from '../../src/profile/read-documents.ts';
import { renewAssertion } from '../../src/profile/renew-assertion.ts';
import { readDocuments } from '../../src/profile/shared-files.ts';
import { joinSharedFolder, type LoginAdded } from '../../src/profile/shared-folder.ts';
import { assertPrivate } from '../action/world.ts';
import { NEEDS } from '../needs.ts';
import { application, assertion, CERTIFICATE, FOUND, sub, TENANT } from './logins.ts';

let parent: string;
let path: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'azure-session-shared-'));
  path = join(parent, 'profile');
});

afterEach(() => rmSync(parent, { recursive: true, force: true }));

function add(login: SharedLogin, where = path): Promise<LoginAdded> {
  return joinSharedFolder({
    path: where,
    platform: process.platform,
    uid: process.getuid?.(),
    trusted: trustedOwners({}),
  }).add(login);
}

function json(name: string): never {
  return JSON.parse(readFileSync(join(path, name), 'utf8').replace(/^\ufeff/, '')) as never;
}

/** Everything in a folder: names and contents. */
function snapshot(folder: string): Record<string, string> {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const OWN_FILES: Record<string, string> = {
  'azureProfile.json': `\ufeff${JSON.stringify({
    installationId: 'own',
    subscriptions: [
      {
        id: sub(1),
        name: 'Own "ü"',
        state: 'Enabled',
        user: { name: 'own-app', type: 'servicePrincipal' },
        isDefault: true,
        tenantId: TENANT,
        environmentName: 'AzureCloud',
      },
    ],
  })}`,
  'service_principal_entries.json': JSON.stringify([{ client_id: 'own-app', tenant: TENANT, client_secret: 's' }]),
  config: '# mine\n[core]\noutput = table\n',
  'my-notes.txt': 'mine',
};

function ownFolder(): void {
  mkdirSync(path);
  for (const [name, content] of Object.entries(OWN_FILES)) writeFileSync(join(path, name), content, { mode: 0o644 });
}

describe('a folder that is not there', () => {
  const login = application('a', 'app-a', { subscriptions: [1], handover: CERTIFICATE });

  test('is made for the job’s user alone, with the folders above it', async () => {
    const deep = join(parent, 'x', 'y');
    const { createdFolder, warnings } = await add(login, deep);
    assert.equal(createdFolder, true);
    assert.deepEqual(warnings, []);
    assertPrivate(join(parent, 'x'));
    assert.match(readFileSync(join(deep, 'client-certificate-a.pem'), 'utf8'), /PRIVATE KEY/);
  });

  test('goes with the last login, with what clients made in it', async () => {
    await add(login);
    assert.equal((await add(application('b', 'app-b', { subscriptions: [2] }))).createdFolder, false);
    mkdirSync(join(path, 'commands'));
    writeFileSync(join(path, 'commands', 'x.log'), '');
    assert.deepEqual(await logOut(path, 'a'), { removedFolder: false });
    assert.equal(existsSync(join(path, 'client-certificate-a.pem')), false);
    assert.deepEqual(await logOut(path, 'a'), { removedFolder: false });
    assert.deepEqual(await logOut(path, 'b'), { removedFolder: true });
    assert.equal(existsSync(path), false);
    assert.deepEqual(await logOut(path, 'b'), { removedFolder: false });
  });

  test('stays with an account that a client signed in there', async () => {
    await add(login);
    const entries = json('service_principal_entries.json') as object[];
    const own = { client_id: 'by-az', tenant: TENANT, client_secret: 's' };
    writeFileSync(join(path, 'service_principal_entries.json'), JSON.stringify([...entries, own]));
    assert.deepEqual(await logOut(path, 'a'), { removedFolder: false });
    assert.deepEqual(json('service_principal_entries.json'), [own]);
    assert.equal(existsSync(join(path, 'azure-session.json')), false);
  });
});

describe('a folder of the user', () => {
  test('is found again as it was', async () => {
    ownFolder();
    const { createdFolder } = await add(application('a', 'app-a', { subscriptions: [1, 2], handover: CERTIFICATE }));
    assert.equal(createdFolder, false);
    assert.deepEqual(
      (json('azureProfile.json') as { subscriptions: { user: { name: string } }[] }).subscriptions.map(
        ({ user }) => user.name,
      ),
      ['app-a', 'app-a'],
    );
    await logOut(path, 'a');
    assert.deepEqual(Object.keys(snapshot(path)).sort(), Object.keys(OWN_FILES).sort());
    assert.equal(readFileSync(join(path, 'config'), 'utf8'), OWN_FILES['config']);
    for (const name of ['azureProfile.json', 'service_principal_entries.json']) {
      assert.deepEqual(json(name), JSON.parse((OWN_FILES[name] ?? '').replace(/^\ufeff/, '')), name);
    }
  });

  test('stays even if it was empty', async () => {
    mkdirSync(path);
    await add(application('a', 'app-a'));
    assert.deepEqual(await logOut(path, 'a'), { removedFolder: false });
    assert.deepEqual(readdirSync(path), []);
  });

  test('may be the private folder of an earlier step, and keeps its marker', async () => {
    mkdirSync(path);
    writeFileSync(join(path, 'azure-session.json'), '{"version":1}\n');
    await add(application('a', 'app-a'));
    await logOut(path, 'a');
    assert.deepEqual(readdirSync(path), ['azure-session.json']);
    await add(application('b', 'app-b'));
    assert.deepEqual(await logOut(path, 'b'), { removedFolder: false });
  });

  const BROKEN = [
    ['azureProfile.json', '{"subscriptions": [SECRET'],
    ['azureProfile.json', '[]'],
    ['azureProfile.json', '{"subscriptions": {}}'],
    ['azureProfile.json', ''],
    ['service_principal_entries.json', '{"SECRET": 1}'],
    ['msal_token_cache.json', '{"AccessToken": "SECRET"}'],
    ['accessTokens.json', '["SECRET"]'],
    ['config.json', 'SECRET'],
    ['azure-session.json', '{"version":1,"logins":[{}]}'],
    ['azure-session.json', '{"version":2}'],
  ] as const;

  test('with a file that makes no sense is refused by its name, and left as it is', async () => {
    const refused = BROKEN.map(async ([name, content], at) => {
      const folder = join(parent, `broken-${at}`);
      mkdirSync(folder);
      for (const [own, text] of Object.entries(OWN_FILES)) writeFileSync(join(folder, own), text);
      writeFileSync(join(folder, name), content);
      const before = snapshot(folder);
      await assert.rejects(add(application('a', 'app-a', { subscriptions: [1] }), folder), (error: unknown) => {
        assert.ok(error instanceof SessionError);
        assert.ok(error.message.includes(join(folder, name)));
        assert.doesNotMatch(error.report, /SECRET/);
        return true;
      });
      assert.deepEqual(snapshot(folder), before);
    });
    await Promise.all(refused);
  });

  test('with bytes that are no text is refused', async () => {
    ownFolder();
    writeFileSync(join(path, 'config'), Buffer.from([0x5b, 0xff, 0xfe]));
    await assert.rejects(add(application('a', 'app-a')), /Cannot read .*config/);
  });

  test('is waited for while a client writes its profile', async () => {
    ownFolder();
    writeFileSync(join(path, 'azureProfile.json'), '');
    const added = add(application('a', 'app-a', { subscriptions: [2] }));
    setTimeout(() => writeFileSync(join(path, 'azureProfile.json'), OWN_FILES['azureProfile.json'] ?? ''), 200);
    await added;
    assert.equal((json('azureProfile.json') as { subscriptions: object[] }).subscriptions.length, 2);
  });

  for (const name of ['azureProfile.json', 'azure-session.json', 'azure-session.lock']) {
    test(`with a link for ${name} is refused, and the link not followed`, async () => {
      ownFolder();
      const target = join(parent, 'target');
      writeFileSync(target, '{}');
      rmSync(join(path, name), { force: true });
      symlinkSync(target, join(path, name));
      await assert.rejects(add(application('a', 'app-a')), (error: unknown) => error instanceof SessionError);
      assert.equal(readFileSync(target, 'utf8'), '{}');
      assert.equal(lstatSync(join(path, name)).isSymbolicLink(), true);
    });
  }

  test('is refused when it is a link or no folder', { skip: NEEDS.posix }, async () => {
    symlinkSync(parent, path);
    await assert.rejects(async () => add(application('a', 'app-a')), /cannot hold a profile/);
    await assert.rejects(logOut(path, 'a'), /cannot hold a profile/);
    rmSync(path);
    writeFileSync(path, '');
    await assert.rejects(async () => add(application('a', 'app-a')), /cannot hold a profile/);
  });

  test('is refused when everybody may write there', { skip: NEEDS.posix }, async () => {
    mkdirSync(path);
    chmodSync(path, 0o777);
    await assert.rejects(async () => add(application('a', 'app-a')), /cannot hold a profile/);
    assert.deepEqual(readdirSync(path), []);
  });
});

describe('something fails or is killed', () => {
  test('while a login is written: nothing of it is left, and the folder is as it was', async () => {
    ownFolder();
    const before = snapshot(path);
    const login = application('a', 'app-a', { subscriptions: [1] });
    // Fails in the middle of a write, as a full disk does.
    const files = [{ name: 'certificate.pem', content: null as unknown as string }];
    const failing = { ...login, contribution: { ...login.contribution, files } };
    await assert.rejects(add(failing), /TypeError/);
    assert.deepEqual(snapshot(path), before);
    rmSync(path, { recursive: true });
    await assert.rejects(add(failing), /TypeError/);
    assert.equal(existsSync(path), false);
  });

  const login = application('a', 'app-a', { subscriptions: [1, 2], handover: CERTIFICATE });

  /** The folder after only so many files of a login, or of its leaving, were written. */
  async function killedAfter(writes: number, coming: boolean): Promise<number> {
    rmSync(path, { recursive: true, force: true });
    ownFolder();
    if (!coming) await add(login);
    const folder = ProfileFolder.existing(path);
    const { documents } = await readDocuments(folder);
    const { removeLogin } = await import('../../src/profile/merge.ts');
    const removed = removeLogin(documents, 'a');
    const after = coming
      ? addLogin(documents, login, FOUND).documents
      : removed.kind === 'removed' && removed.documents;
    assert.ok(after);
    const changes = changesBetween(documents, after);
    for (const { file, content } of (coming ? changes : changes.toReversed()).slice(0, writes)) {
      if (!coming && file === 'azure-session.json') folder.removeEntry('client-certificate-a.pem');
      if (content === undefined) folder.removeEntry(file);
      else folder.write(file, content);
    }
    return changes.length;
  }

  for (const coming of [true, false]) {
    test(`after any file of a login that ${coming ? 'comes' : 'leaves'}: it can still be logged out`, async () => {
      const writes = await killedAfter(0, coming);
      for (let written = 0; written <= writes; written++) {
        await killedAfter(written, coming);
        writeFileSync(join(path, 'azureProfile.json.0123456789ab.new'), 'half');
        await logOut(path, 'a');
        assert.deepEqual(Object.keys(snapshot(path)).sort(), Object.keys(OWN_FILES).sort(), `${written}`);
        for (const name of ['azureProfile.json', 'service_principal_entries.json']) {
          const original: unknown = JSON.parse((OWN_FILES[name] ?? '').replace(/^\ufeff/, ''));
          assert.deepEqual(json(name), original, `${name} after ${written}`);
        }
      }
    });
  }

  test('a file that a client broke does not keep the rest of the login', async () => {
    ownFolder();
    await add(login);
    writeFileSync(join(path, 'accessTokens.json'), '[');
    await assert.rejects(logOut(path, 'a'), /accessTokens\.json/);
    assert.equal(existsSync(join(path, 'client-certificate-a.pem')), false);
    assert.doesNotMatch(readFileSync(join(path, 'azureProfile.json'), 'utf8'), /app-a/);
    assert.equal(readFileSync(join(path, 'accessTokens.json'), 'utf8'), '[');
  });
});

/** Timers of one process end in their order, however busy the machine is: locks are looked at again by timers, too. */
function before(milliseconds: number, work: Promise<unknown>): Promise<'done' | 'waiting'> {
  return Promise.race([work.then(() => 'done' as const), pause(milliseconds, 'waiting' as const)]);
}

describe('a lock that was left behind', () => {
  const old = new Date(Date.now() - 120_000);

  test('by a process that is gone is broken at once', async () => {
    await add(application('a', 'app-a'));
    const { formatOwner, HERE } = await import('../../src/profile/lock-owner.ts');
    const gone = { token: 't', pid: 2 ** 22 + 1, started: '', where: HERE.where };
    writeFileSync(join(path, 'azure-session.lock'), formatOwner(gone));
    assert.equal(await before(4000, logOut(path, 'a')), 'done');
    assert.equal(existsSync(path), false);
  });

  test('by somebody of ours who was killed inside the locks of az is broken at once', async () => {
    ownFolder();
    writeFileSync(join(path, 'msal_token_cache.json.lockfile'), '1 azure-session');
    assert.equal(await before(4000, add(application('a', 'app-a'))), 'done');
  });

  for (const name of [
    'azure-session.lock',
    'msal_token_cache.json.lockfile',
    'service_principal_entries.json.lockfile',
  ]) {
    test(`long ago, ${name}, is broken`, async () => {
      ownFolder();
      writeFileSync(join(path, name), '');
      utimesSync(join(path, name), old, old);
      await add(application('a', 'app-a'));
      await logOut(path, 'a');
      assert.deepEqual(readdirSync(path).sort(), Object.keys(OWN_FILES).sort());
    });
  }

  test('by az just now is waited for as long as az would', async () => {
    ownFolder();
    writeFileSync(join(path, 'msal_token_cache.json.lockfile'), '1 az');
    const adding = add(application('a', 'app-a'));
    assert.equal(await before(4000, adding), 'waiting');
    await adding;
  });

  test('is waited for while az holds it', async () => {
    ownFolder();
    const lock = join(path, 'service_principal_entries.json.lockfile');
    writeFileSync(lock, '1 az');
    const adding = add(application('a', 'app-a'));
    assert.equal(await before(300, adding), 'waiting');
    rmSync(lock);
    await adding;
  });
});

test('a fresh assertion is put where az and the SDKs find it, until the login leaves', async () => {
  const login = application('a', 'app-a', { subscriptions: [1], handover: assertion('old') });
  await add(login);
  await add(application('b', 'app-b', { subscriptions: [2] }));
  const tokenFile = 'federated-token-a';
  assert.equal(await renewAssertion(path, { loginId: 'a', assertion: 'new', tokenFile }), 'renewed');
  assert.equal(readFileSync(join(path, tokenFile), 'utf8'), 'new');
  assert.match(readFileSync(join(path, 'service_principal_entries.json'), 'utf8'), /"client_assertion":"new"/);
  await logOut(path, 'a');
  assert.equal(await renewAssertion(path, { loginId: 'a', assertion: 'newer', tokenFile }), 'logged-out');
  assert.equal(existsSync(join(path, tokenFile)), false);
  await logOut(path, 'b');
  assert.equal(await renewAssertion(path, { loginId: 'a', assertion: 'newer', tokenFile }), 'logged-out');
  assert.equal(existsSync(path), false);
});

test('what is written is understood again', async () => {
  await add(application('a', 'app-a', { subscriptions: [1] }));
  const content = readFileSync(join(path, 'azure-session.json'), 'utf8');
  assert.equal(parseDocument('session', content).kind, 'document');
});

test('a folder that cannot be made is for `config-dir` to change', () => {
  assert.throws(
    () => ProfileFolder.join(join(parent, 'n'.repeat(300))),
    (error) => error instanceof SessionError && /`config-dir`/.test(error.next[0]?.say ?? ''),
  );
});
