/** What logins to one folder leave to one another, where no test over the built action can bring it about in good time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Documents, entriesIn, withEntries } from '../../src/profile/documents.ts';
import { addLogin } from '../../src/profile/join-folder.ts';
import { type Ledger, withAssertion } from '../../src/profile/ledger.ts';
import { removeLogin } from '../../src/profile/shared-folder.ts';
import { application, FOUND } from './logins.ts';

/** A folder as its files say. */
class Folder {
  documents: Documents;
  #ledger: Ledger | undefined;

  constructor(documents: Documents = {}) {
    this.documents = documents;
  }

  join(id: string, clientId: string, assertion?: string, mode: 'arm' | 'asm' = 'arm'): void {
    const login = application(id, clientId);
    const servicePrincipals = login.loginData.servicePrincipals.map(({ client_secret, ...owner }) =>
      assertion === undefined
        ? { ...owner, client_secret: client_secret ?? '' }
        : { ...owner, client_assertion: assertion },
    );
    const { documents, ledger } = addLogin(
      this.documents,
      this.#ledger,
      { ...login, mode, loginData: { ...login.loginData, servicePrincipals } },
      FOUND,
    );
    this.documents = documents;
    this.#ledger = ledger;
  }

  leave(id: string): void {
    const login = this.#ledger?.logins.find((each) => each.id === id);
    assert.ok(this.#ledger && login);
    const { documents, ledger } = removeLogin(this.documents, this.#ledger, login);
    this.documents = documents;
    this.#ledger = ledger;
  }

  renew(id: string, assertion: string): void {
    assert.ok(this.#ledger);
    const { ledger, changes } = withAssertion(this.#ledger, entriesIn(this.documents), id, assertion);
    this.documents = withEntries(this.documents, changes);
    this.#ledger = ledger;
  }

  /** What `az` signs in with. */
  get credentials(): unknown[] {
    return (this.documents.servicePrincipals ?? []).map((entry) => entry['client_assertion'] ?? entry['client_secret']);
  }
}

test('an assertion that is renewed while another login is in front is fresh when that one leaves', () => {
  const folder = new Folder();
  folder.join('first', 'app', 'old');
  folder.join('second', 'app');
  folder.renew('first', 'fresh');
  assert.deepEqual(folder.credentials, ['secret-second']);
  folder.leave('second');
  assert.deepEqual(folder.credentials, ['fresh']);
});

test('an assertion is renewed in place, also where a client wrote another one there, but not over a secret', () => {
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

test('a login that was killed before it wrote anything leaves what was there', () => {
  const folder = new Folder({ classicConfig: { mode: 'asm' } });
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

test('what the user chose stays, although an earlier login had chosen the same', () => {
  const folder = new Folder();
  folder.join('first', 'app');
  folder.join('second', 'other', undefined, 'asm');
  folder.documents = { ...folder.documents, classicConfig: { mode: 'arm' } };
  folder.leave('first');
  assert.deepEqual(folder.documents.classicConfig, { mode: 'arm' });
  folder.leave('second');
  assert.deepEqual(folder.documents.classicConfig, { mode: 'arm' });
});
