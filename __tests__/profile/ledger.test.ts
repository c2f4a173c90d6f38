/** Cases of several logins in one folder whose timing the tests of the built action cannot control. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Documents, entriesIn, withEntries } from '../../src/profile/documents.ts';
import { addLogin } from '../../src/profile/join-folder.ts';
import { type Ledger, withAssertion } from '../../src/profile/ledger.ts';
import { removeLogin } from '../../src/profile/shared-folder.ts';
import { application, FOUND } from './logins.ts';

class Folder {
  documents: Documents = {};
  #ledger: Ledger | undefined;

  join(id: string, clientId: string, assertion?: string, mode: 'arm' | 'asm' = 'arm'): void {
    const login = application(id, clientId);
    const servicePrincipals = login.loginData.servicePrincipals.map(({ client_secret = '', ...owner }) =>
      assertion === undefined ? { ...owner, client_secret } : { ...owner, client_assertion: assertion },
    );
    const loginData = { ...login.loginData, servicePrincipals };
    this.#take(addLogin(this.documents, this.#ledger, { ...login, mode, loginData }, FOUND));
  }

  leave(id: string): void {
    const login = this.#ledger?.logins.find((each) => each.id === id);
    assert.ok(this.#ledger && login);
    this.#take(removeLogin(this.documents, this.#ledger, login));
  }

  renew(id: string, assertion: string): void {
    assert.ok(this.#ledger);
    const { ledger, changes } = withAssertion(this.#ledger, entriesIn(this.documents), id, assertion);
    this.#take({ ledger, documents: withEntries(this.documents, changes) });
  }

  #take(after: { documents: Documents; ledger: Ledger | undefined }): void {
    [this.documents, this.#ledger] = [after.documents, after.ledger];
  }

  /** The credentials of `az`. */
  get credentials(): unknown[] {
    return (this.documents.servicePrincipals ?? []).map((entry) => entry['client_assertion'] ?? entry['client_secret']);
  }
}

test('an assertion that is renewed while a later login overrides it is fresh when that login leaves', () => {
  const folder = new Folder();
  folder.join('first', 'app', 'old');
  folder.join('second', 'app');
  folder.renew('first', 'fresh');
  assert.deepEqual(folder.credentials, ['secret-second']);
  folder.leave('second');
  assert.deepEqual(folder.credentials, ['fresh']);
});

test('a renewed assertion replaces one that a client wrote, but not a secret', () => {
  const folder = new Folder();
  folder.join('only', 'app', 'old');
  const put = (entry: object): void => {
    const { client_id, tenant } = folder.documents.servicePrincipals?.[0] ?? {};
    folder.documents = { ...folder.documents, servicePrincipals: [{ client_id, tenant, ...entry }] };
  };
  put({ client_assertion: 'by a client' });
  folder.renew('only', 'fresh');
  assert.deepEqual(folder.credentials, ['fresh']);
  put({ client_secret: 'by az' });
  folder.renew('only', 'fresher');
  assert.deepEqual(folder.credentials, ['by az']);
  folder.leave('only');
  assert.deepEqual(folder.credentials, ['by az']);
});

test('a login that was killed before it wrote a file changes nothing when it leaves', () => {
  const folder = new Folder();
  folder.documents = { classicConfig: { mode: 'asm' } };
  folder.join('first', 'app', undefined, 'asm');
  const { documents } = folder;
  folder.join('killed', 'app', undefined, 'arm');
  folder.documents = documents;
  folder.join('last', 'other', undefined, 'arm');
  folder.leave('killed');
  folder.leave('last');
  assert.deepEqual([folder.credentials, folder.documents.classicConfig], [['secret-first'], { mode: 'asm' }]);
  folder.leave('first');
  assert.deepEqual([folder.credentials, folder.documents.classicConfig], [[], { mode: 'asm' }]);
});

test('a mode that the user sets is kept, even if an earlier login set the same', () => {
  const folder = new Folder();
  folder.join('first', 'app');
  folder.join('second', 'other', undefined, 'asm');
  folder.documents = { ...folder.documents, classicConfig: { mode: 'arm' } };
  for (const login of ['first', 'second']) {
    folder.leave(login);
    assert.deepEqual(folder.documents.classicConfig, { mode: 'arm' });
  }
});

test('a credential that a client puts back in front of a later login goes with the login that brought it', () => {
  const folder = new Folder();
  folder.join('first', 'app');
  const { documents } = folder;
  folder.join('second', 'app');
  folder.documents = documents;
  folder.leave('first');
  assert.deepEqual(folder.credentials, ['secret-second']);
  folder.leave('second');
  assert.deepEqual(folder.credentials, []);
});
