import assert from 'node:assert/strict';
import test, { describe } from 'node:test';
import { KNOWN_CLOUDS } from '../../src/core/clouds.ts';
import type { JsonObject } from '../../src/core/json.ts';
import { SessionError } from '../../src/core/session-error.ts';
import { type Documents, NO_DOCUMENTS, subscriptionsOf, withSubscriptions } from '../../src/profile/documents.ts';
import { DEFAULT_KEY, withEntries } from '../../src/profile/entries.ts';
import { addLogin, removeLogin, type SharedLogin, withRenewedAssertion } from '../../src/profile/merge.ts';
import {
  application,
  assertion,
  CERTIFICATE,
  FOUND,
  MADE,
  publishSettings,
  type Seen,
  seen,
  sub,
  TENANT,
  user,
} from './logins.ts';

function add(documents: Documents, ...logins: readonly SharedLogin[]): Documents {
  return logins.reduce((before: Documents, login) => addLogin(before, login, FOUND).documents, documents);
}

function remove(documents: Documents, ...ids: readonly string[]): Documents {
  return ids.reduce((before, id) => {
    const removed = removeLogin(before, id);
    assert.equal(removed.kind, 'removed', id);
    return removed.kind === 'removed' ? removed.documents : before;
  }, documents);
}

/** As it comes back from the disk. */
function saved(documents: Documents): Documents {
  return { ...NO_DOCUMENTS, ...(JSON.parse(JSON.stringify(documents)) as Partial<Documents>) };
}

/** The folder of a user who has signed in with `az` and `azure` before. */
const OWN: Documents = {
  ...NO_DOCUMENTS,
  profile: {
    installationId: 'own',
    environments: [],
    unknown: { kept: true },
    subscriptions: [
      ownSubscription(1, 'own-app', true),
      ownSubscription(2, 'own-app', false),
      {
        id: sub(3).toUpperCase(),
        name: 'Imported',
        isDefault: false,
        registeredProviders: [],
        environmentName: 'AzureCloud',
        managementCertificate: { key: 'OWN', cert: 'own-cert' },
        managementEndpointUrl: 'https://management.core.windows.net',
      },
    ],
  },
  servicePrincipals: [{ client_id: 'own-app', tenant: TENANT, client_secret: 'own-secret', unknown: 1 }],
  msalTokens: {
    AccessToken: { own: msalToken('own-app', 'own') },
    AppMetadata: { 'appmetadata-login.microsoftonline.com-own-app': { client_id: 'own-app' } },
  },
  classicTokens: [classicKey('own-app', 'own-secret')],
  config: '# mine\n[cloud]\nname = AzureCloud\n\n[core]\noutput = table\n',
  clouds: `[AzureCloud]\nsubscription = ${sub(1)}\n`,
  classicConfig: { mode: 'asm', endpoint: 'x' },
};

function ownSubscription(number: number, name: string, isDefault: boolean): JsonObject {
  return {
    id: sub(number),
    name: `Own ${number}`,
    state: 'Enabled',
    user: { name, type: 'servicePrincipal' },
    isDefault,
    tenantId: TENANT,
    environmentName: 'AzureCloud',
    unknown: 'kept',
  };
}

function msalToken(client_id: string, secret: string, realm = TENANT): JsonObject {
  return { credential_type: 'AccessToken', client_id, home_account_id: null, realm, secret };
}

function classicKey(servicePrincipalId: string, accessToken: string): JsonObject {
  const resource = 'Azure Cli Service Principal Key Cache';
  return { servicePrincipalId, servicePrincipalTenant: TENANT, resource, accessToken };
}

function secrets({ servicePrincipals }: Documents): string[] {
  return (servicePrincipals ?? []).map((entry) => String(entry['client_secret'] ?? entry['client_assertion']));
}

function tokens({ msalTokens }: Documents): string[] {
  return Object.values((msalTokens?.['AccessToken'] ?? {}) as Record<string, JsonObject>).map((token) =>
    String(token['secret']),
  );
}

describe('two logins in one folder', () => {
  const both = add(
    NO_DOCUMENTS,
    application('a', 'app-a', { subscriptions: [1] }),
    application('b', 'app-b', { subscriptions: [2] }),
  );

  test('both accounts are there, and the newer login has the default', () => {
    assert.deepEqual(seen(both), { 1: { user: 'app-a' }, 2: { user: 'app-b', default: true } });
    assert.deepEqual(secrets(both), ['secret-a', 'secret-b']);
    assert.deepEqual(tokens(both), ['token-a', 'token-b']);
    assert.equal(both.clouds, `[AzureCloud]\nsubscription = ${sub(2)}\n`);
  });

  test('the newer one leaves: the default falls back', () => {
    const left = remove(saved(both), 'b');
    assert.deepEqual(seen(left), { 1: { user: 'app-a', default: true } });
    assert.deepEqual(secrets(left), ['secret-a']);
    assert.deepEqual(tokens(left), ['token-a']);
    assert.equal(left.clouds, `[AzureCloud]\nsubscription = ${sub(1)}\n`);
  });

  test('the older one leaves: the default stays', () => {
    const left = remove(saved(both), 'a');
    assert.deepEqual(seen(left), { 2: { user: 'app-b', default: true } });
    assert.deepEqual(
      left.classicTokens?.map((token) => token['servicePrincipalId'] ?? token['_clientId']),
      ['app-b', 'app-b'],
    );
  });

  test('the last one leaves nothing', () => {
    const end = remove(both, 'a', 'b');
    assert.deepEqual(end, NO_DOCUMENTS);
  });

  test('a login that is not there changes nothing', () => {
    assert.deepEqual(removeLogin(both, 'c'), { kind: 'unknown-login' });
    assert.deepEqual(removeLogin(NO_DOCUMENTS, 'a'), { kind: 'unknown-login' });
    assert.deepEqual(removeLogin(remove(both, 'a'), 'a'), { kind: 'unknown-login' });
  });
});

describe("a user's own folder", () => {
  const crowd: readonly SharedLogin[] = [
    application('a', 'app-a', { subscriptions: [2, 1, 4] }),
    application('b', 'own-app', { subscriptions: [1, 5] }),
    publishSettings('c', [3, 1, 6]),
    user('d', 'u@example.com', { subscriptions: [3, 4] }),
  ];
  const folders: readonly (readonly [string, Documents])[] = [
    ['nothing', NO_DOCUMENTS],
    ['accounts', OWN],
    ['a profile alone', { ...NO_DOCUMENTS, profile: OWN.profile }],
    ['settings alone', { ...NO_DOCUMENTS, config: '[core]\noutput = json\n', classicConfig: { mode: 'arm' } }],
  ];
  for (const [what, folder] of folders) {
    test(`with ${what} is as it was when all have left, whatever the order`, () => {
      for (const arrivals of permutations(crowd)) {
        const full = saved(add(folder, ...arrivals));
        for (const departures of permutations(crowd)) {
          const end = remove(full, ...departures.map(({ id }) => id));
          assert.deepEqual(end, folder, [...arrivals, ...departures].map(({ id }) => id).join(''));
        }
      }
    });
  }

  test('shows at any time the newest login that is there, else its own', () => {
    for (const arrivals of permutations(crowd)) {
      const full = saved(add(OWN, ...arrivals));
      for (const departures of permutations(crowd)) {
        let left = full;
        let there = arrivals;
        for (const { id } of departures) {
          assert.deepEqual(seen(left), expected(there), `${arrivals.map((login) => login.id)} ${id}`);
          left = remove(left, id);
          there = there.filter((login) => login.id !== id);
        }
      }
    }
  });

  /** What should be seen, told without the code under test: later logins over earlier ones over the folder's own. */
  function expected(logins: readonly SharedLogin[]): Record<string, Seen> {
    const sight: Record<string, { user?: string; cert?: string; default?: true }> = {
      1: { user: 'own-app' },
      2: { user: 'own-app' },
      3: { cert: 'own-cert' },
    };
    let selected = '1';
    for (const { contribution } of logins) {
      for (const { id, user: account, managementCertificate, isDefault } of contribution.subscriptions) {
        const number = String(Number(id.slice(-12)));
        sight[number] = {
          ...sight[number],
          ...(account === undefined ? {} : { user: account.name }),
          ...(managementCertificate === undefined ? {} : { cert: managementCertificate.cert }),
        };
        if (isDefault) selected = number;
      }
    }
    return { ...sight, [selected]: { ...sight[selected], default: true } };
  }

  test('keeps its own subscriptions, keys and options beside the login', () => {
    const merged = add(OWN, application('a', 'app-a', { subscriptions: [2, 7] }));
    assert.deepEqual(seen(merged), {
      1: { user: 'own-app' },
      2: { user: 'app-a', default: true },
      3: { cert: 'own-cert' },
      7: { user: 'app-a' },
    });
    assert.deepEqual(secrets(merged), ['own-secret', 'secret-a']);
    assert.deepEqual(tokens(merged), ['own', 'token-a']);
    assert.equal(merged.config, OWN.config);
    assert.deepEqual(merged.classicConfig, { mode: 'arm', endpoint: 'x' });
    assert.deepEqual(merged.profile?.['unknown'], { kept: true });
  });

  test('gets back the secret of its own that a login had replaced', () => {
    const merged = add(OWN, application('b', 'own-app', { subscriptions: [1] }));
    assert.deepEqual(secrets(merged), ['secret-b']);
    assert.deepEqual(secrets(remove(merged, 'b')), ['own-secret']);
  });
});

describe('a subscription that several see', () => {
  const first = application('a', 'app-a', { subscriptions: [1, 2] });
  const second = application('b', 'app-b', { subscriptions: [1] });

  test('belongs to the newer, with a warning that names it', () => {
    const { documents, warnings } = addLogin(add(NO_DOCUMENTS, first), second, FOUND);
    assert.equal(seen(documents)['1']?.user, 'app-b');
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /Sub 1 \(aaaaaaaa-.*1\), until now app-a\./);
  });

  test('is no matter for a warning when it is the same account', () => {
    assert.deepEqual(
      addLogin(add(NO_DOCUMENTS, first), application('c', 'app-a', { subscriptions: [1] }), FOUND).warnings,
      [],
    );
  });

  test('counts those it does not name', () => {
    const many = application('m', 'm', { subscriptions: [1, 2, 3, 4, 5] });
    const { warnings } = addLogin(
      add(NO_DOCUMENTS, many),
      application('n', 'n', { subscriptions: [1, 2, 3, 4, 5] }),
      FOUND,
    );
    assert.match(warnings[0] ?? '', /; and 2 more\./);
  });

  test('goes back to the older when the newer leaves', () => {
    assert.deepEqual(seen(remove(add(NO_DOCUMENTS, first, second), 'b')), {
      1: { user: 'app-a', default: true },
      2: { user: 'app-a' },
    });
  });

  test('stays with the newer when the older leaves', () => {
    assert.deepEqual(seen(remove(add(NO_DOCUMENTS, first, second), 'a')), { 1: { user: 'app-b', default: true } });
  });
});

describe('an account and a management certificate of one subscription', () => {
  const account = application('a', 'app-a', { subscriptions: [1] });
  const certificate = publishSettings('p', [1]);
  for (const [order, logins] of [
    ['account first', [account, certificate]],
    ['certificate first', [certificate, account]],
  ] as const) {
    const both = add(NO_DOCUMENTS, ...logins);
    test(`${order}: the entry has both halves`, () => {
      assert.deepEqual(seen(both), { 1: { user: 'app-a', cert: 'cert-p', default: true } });
      assert.equal(both.classicConfig?.['mode'], logins[1].mode);
    });
    test(`${order}: the account leaves, the certificate stays`, () => {
      const left = remove(both, 'a');
      assert.deepEqual(seen(left), { 1: { cert: 'cert-p', default: true } });
      assert.deepEqual(
        ['user', 'tenantId', 'state'].filter((key) => key in (subscriptionsOf(left)[0] ?? {})),
        [],
      );
      assert.equal(left.classicConfig?.['mode'], 'asm');
    });
    test(`${order}: the certificate leaves, the account stays`, () => {
      const left = remove(both, 'p');
      assert.deepEqual(seen(left), { 1: { user: 'app-a', default: true } });
      assert.equal('managementEndpointUrl' in (subscriptionsOf(left)[0] ?? {}), false);
      assert.equal(left.classicConfig?.['mode'], 'arm');
    });
  }

  test('of two certificates the newer counts, and gives way to the older', () => {
    const two = add(NO_DOCUMENTS, certificate, publishSettings('q', [1]));
    assert.equal(seen(two)['1']?.cert, 'cert-q');
    assert.equal(seen(remove(two, 'q'))['1']?.cert, 'cert-p');
  });
});

describe('the same application, signed in twice', () => {
  const twice = add(
    NO_DOCUMENTS,
    application('a', 'app', { subscriptions: [1, 2] }),
    application('b', 'app', { subscriptions: [1], handover: assertion('jwt-b') }),
  );

  test('has the credential of the newer', () => assert.deepEqual(secrets(twice), ['jwt-b']));

  test('keeps entry, tokens and subscriptions when one leaves', () => {
    const first = remove(twice, 'a');
    assert.deepEqual(secrets(first), ['jwt-b']);
    assert.deepEqual(tokens(first), ['token-b']);
    assert.deepEqual(seen(first), { 1: { user: 'app', default: true } });
    const second = remove(twice, 'b');
    assert.deepEqual(secrets(second), ['secret-a']);
    assert.deepEqual(tokens(second), ['token-a']);
    assert.deepEqual(seen(second), { 1: { user: 'app', default: true }, 2: { user: 'app' } });
  });

  test('renews the assertion of the one, where it is in front and where it is not', () => {
    const other = add(twice, application('c', 'app', { subscriptions: [1] }));
    const behind = withRenewedAssertion(other, 'b', 'jwt-2');
    assert.deepEqual(secrets(behind ?? NO_DOCUMENTS), ['secret-c']);
    assert.deepEqual(secrets(remove(behind ?? NO_DOCUMENTS, 'c')), ['jwt-2']);
    const inFront = withRenewedAssertion(twice, 'b', 'jwt-3');
    assert.deepEqual(secrets(inFront ?? NO_DOCUMENTS), ['jwt-3']);
    assert.deepEqual(secrets(remove(inFront ?? NO_DOCUMENTS, 'b')), ['secret-a']);
    assert.equal(withRenewedAssertion(twice, 'x', 'jwt'), undefined);
  });

  test('an assertion that was renewed by somebody else is still the login’s', () => {
    const renewed = { ...twice, servicePrincipals: [{ client_id: 'app', tenant: TENANT, client_assertion: 'new' }] };
    assert.deepEqual(secrets(remove(renewed, 'b')), ['secret-a']);
  });
});

describe('tokens that clients cached since', () => {
  const cached = (documents: Documents, ...entries: readonly (readonly [string, JsonObject])[]): Documents => ({
    ...documents,
    msalTokens: {
      ...documents.msalTokens,
      AccessToken: { ...(documents.msalTokens?.['AccessToken'] as JsonObject), ...Object.fromEntries(entries) },
    },
    classicTokens: [
      ...(documents.classicTokens ?? []),
      ...entries.map(([name, { client_id }]) => ({
        resource: name,
        accessToken: name,
        _clientId: client_id,
        _authority: `https://login/${TENANT}`,
      })),
    ],
  });
  const vault = (client_id: string): readonly [string, JsonObject] => [`v-${client_id}`, msalToken(client_id, 'vault')];

  test('go with an application that nobody else has', () => {
    const left = remove(
      cached(
        add(OWN, application('a', 'app-a'), application('b', 'app-b')),
        vault('app-a'),
        vault('app-b'),
        vault('own-app'),
      ),
      'a',
    );
    assert.deepEqual(
      Object.keys(left.msalTokens?.['AccessToken'] as JsonObject).filter((key) => /^v-/.test(key)),
      ['v-app-b', 'v-own-app'],
    );
    assert.deepEqual(
      left.classicTokens?.map((token) => token['resource']).filter((name) => /^v-/.test(String(name))),
      ['v-app-b', 'v-own-app'],
    );
  });

  for (const [who, others] of [
    ['another login', (documents: Documents) => add(documents, application('b', 'app'))],
    ['a client that signed it in since', signedInSince],
  ] as const) {
    test(`stay when ${who} has the application too`, () => {
      const left = remove(cached(others(add(NO_DOCUMENTS, application('a', 'app'))), vault('app')), 'a');
      assert.ok(tokens(left).includes('vault'));
    });
  }

  test('stay when the folder had the application on its own', () => {
    const left = remove(cached(add(OWN, application('a', 'own-app')), vault('own-app')), 'a');
    assert.deepEqual(tokens(left), ['own', 'vault']);
    const byProfile = remove(
      cached(add({ ...NO_DOCUMENTS, profile: OWN.profile }, application('a', 'own-app')), vault('own-app')),
      'a',
    );
    assert.deepEqual(tokens(byProfile), ['vault']);
  });

  test('of one application in two tenants go with the tenant', () => {
    const tenantId = '22222222-2222-2222-2222-222222222222';
    const both = add(NO_DOCUMENTS, application('a', 'app'), application('b', 'app', { tenantId }));
    const more = cached(both, ['v-1', msalToken('app', 'one')], ['v-2', msalToken('app', 'two', tenantId)]);
    assert.deepEqual(tokens(remove(more, 'a')), ['token-b', 'two']);
  });

  test('of a user go by the account, and so do renewed ones and subscriptions listed since', () => {
    const login = user('d', 'u@example.com', { subscriptions: [1] });
    const home = `oid-u@example.com.${TENANT}`;
    const full = add(OWN, login);
    const entry = { home_account_id: home, client_id: 'c', realm: 'r' };
    const later: Documents = {
      ...withSubscriptions(full, [
        ...subscriptionsOf(full),
        { ...ownSubscription(8, 'U@example.com', false), user: { name: 'U@example.com', type: 'user' } },
      ]),
      msalTokens: {
        ...full.msalTokens,
        RefreshToken: {
          [Object.keys(full.msalTokens?.['RefreshToken'] ?? {})[0] ?? '']: { ...entry, secret: 'rotated' },
        },
        IdToken: { x: entry },
      },
      classicTokens: [...(full.classicTokens ?? []), { userId: 'U@EXAMPLE.com', _clientId: 'c', resource: 'vault' }],
    };
    const left = remove(later, 'd');
    assert.deepEqual(left.msalTokens, OWN.msalTokens);
    assert.deepEqual(left.classicTokens, OWN.classicTokens);
    assert.deepEqual(seen(left), seen(OWN));
  });

  test('of a user who was in the folder before stay', () => {
    const own = remove(add(NO_DOCUMENTS, user('x', 'u@example.com', { subscriptions: [9] })), 'x');
    const account = { home_account_id: `oid-u@example.com.${TENANT}`, username: 'u@example.com', environment: 'e' };
    const before: Documents = { ...own, msalTokens: { Account: { own: account }, RefreshToken: { own: account } } };
    const left = remove(add(before, user('d', 'u@example.com', { subscriptions: [1] })), 'd');
    assert.deepEqual(left.msalTokens?.['RefreshToken'], { own: account });
    assert.deepEqual(left.msalTokens?.['Account'], { own: account });
  });
});

function signedInSince(documents: Documents): Documents {
  return { ...documents, servicePrincipals: [{ client_id: 'app', tenant: TENANT, client_secret: 'by az' }] };
}

describe('what clients changed since', () => {
  const two = add(
    OWN,
    application('a', 'app-a', { subscriptions: [4, 5] }),
    application('b', 'app-b', { subscriptions: [6] }),
  );

  test('another default stays', () => {
    const changed = withEntries(two, new Map([[DEFAULT_KEY, sub(2)]]));
    assert.deepEqual(seen(remove(changed, 'b'))['2'], { user: 'own-app', default: true });
    assert.deepEqual(seen(remove(changed, 'b', 'a'))['2'], { user: 'own-app', default: true });
  });

  test('another default falls back when its subscription leaves', () => {
    const changed = withEntries(two, new Map([[DEFAULT_KEY, sub(5)]]));
    assert.equal(seen(remove(changed, 'a'))['6']?.default, true);
    assert.equal(seen(remove(changed, 'b', 'a'))['1']?.default, true);
  });

  test('another default is what a later login falls back to', () => {
    const changed = withEntries(two, new Map([[DEFAULT_KEY, sub(2)]]));
    const later = add(changed, application('c', 'app-c', { subscriptions: [7] }));
    assert.equal(seen(remove(later, 'c'))['2']?.default, true);
    assert.equal(seen(remove(later, 'a', 'b', 'c'))['2']?.default, true);
  });

  test('a default of an earlier login is that login’s', () => {
    const changed = withEntries(two, new Map([[DEFAULT_KEY, sub(4)]]));
    const later = add(changed, application('c', 'app-c', { subscriptions: [7] }));
    assert.equal(seen(remove(later, 'c'))['4']?.default, true);
    assert.equal(seen(remove(later, 'a', 'c'))['6']?.default, true);
  });

  test('a login that was killed before it wrote does not make the one before it the folder’s own', () => {
    const first = add(NO_DOCUMENTS, application('a', 'app', { subscriptions: [1] }));
    const { session } = add(first, application('b', 'app', { subscriptions: [1] }));
    const third = add({ ...first, session }, application('c', 'app', { subscriptions: [1] }));
    assert.deepEqual(secrets(remove(third, 'c')), ['secret-a']);
    assert.deepEqual(remove(third, 'c', 'b', 'a'), NO_DOCUMENTS);
    assert.deepEqual(remove(third, 'a', 'b', 'c'), NO_DOCUMENTS);
  });

  test('an account that a client put in the place of a login’s stays', () => {
    const taken = withSubscriptions(
      two,
      subscriptionsOf(two).map((entry) => (entry['id'] === sub(6) ? ownSubscription(6, 'by-az', true) : entry)),
    );
    assert.deepEqual(seen(remove(taken, 'b'))['6'], { user: 'by-az' });
    const later = add(taken, application('c', 'app-c', { subscriptions: [6] }));
    assert.equal(seen(remove(later, 'b', 'c'))['6']?.user, 'by-az');
    assert.equal(seen(remove(later, 'c', 'b'))['6']?.user, 'by-az');
  });

  test('a secret that a client put in the place of a login’s stays', () => {
    const servicePrincipals = (two.servicePrincipals ?? []).map((entry) =>
      entry['client_id'] === 'app-b' ? { ...entry, client_secret: 'by az' } : entry,
    );
    assert.deepEqual(secrets(remove({ ...two, servicePrincipals }, 'b')), ['own-secret', 'secret-a', 'by az']);
  });

  test('what a client removed does not come back', () => {
    const loggedOut = { ...two, servicePrincipals: [], profile: { subscriptions: [] } };
    const left = remove(loggedOut, 'a', 'b');
    assert.deepEqual(secrets(left), []);
    assert.deepEqual(seen(left), {});
  });

  test('keys that the classic CLI dropped do not make a subscription somebody else’s', () => {
    const dropped = withSubscriptions(
      two,
      subscriptionsOf(two).map(({ homeTenantId: _h, managedByTenants: _m, ...entry }) => entry),
    );
    assert.deepEqual(seen(remove(dropped, 'a', 'b')), seen(OWN));
  });

  test('options and the command mode stay', () => {
    const changed: Documents = {
      ...add(NO_DOCUMENTS, application('a', 'app-a', { subscriptions: [1] })),
      config: '[cloud]\nname = AzureCloud\n\n[core]\noutput = json\n',
      classicConfig: { mode: 'asm' },
      classicTelemetry: '{"telemetry":true}',
    };
    const left = remove(changed, 'a');
    assert.equal(left.config, '[core]\noutput = json\n');
    assert.deepEqual(left.classicConfig, { mode: 'asm' });
    assert.equal(left.classicTelemetry, '{"telemetry":true}');
  });
});

describe('a folder that a login made', () => {
  const made = addLogin(
    NO_DOCUMENTS,
    { ...application('a', 'app-a', { subscriptions: [1] }), defaults: ['group = g%%1'] },
    MADE,
  );

  test('gets the configuration of a private one', () => {
    assert.equal(
      made.documents.config,
      '[cloud]\nname = AzureCloud\n\n[core]\ncollect_telemetry = no\nencrypt_token_cache = false\n\n[defaults]\ngroup = g%%1\n',
    );
    assert.equal(made.documents.profile?.['installationId'], MADE.installationId);
  });

  test('keeps it until the last login leaves, and goes then', () => {
    const two = add(made.documents, application('b', 'app-b', { subscriptions: [2] }));
    const removed = removeLogin(two, 'a');
    assert.equal(removed.kind === 'removed' && removed.folder, 'keep');
    assert.equal(removed.kind === 'removed' && removed.documents.config, made.documents.config);
    const last = removeLogin(remove(two, 'a'), 'b');
    assert.equal(last.kind === 'removed' && last.folder, 'remove');
  });

  test('stays, with its configuration, when somebody else signed in there', () => {
    const profile = { subscriptions: [...subscriptionsOf(made.documents), ownSubscription(3, 'by-az', false)] };
    const last = removeLogin({ ...made.documents, profile }, 'a');
    assert.equal(last.kind === 'removed' && last.folder, 'keep');
    assert.equal(last.kind === 'removed' && last.documents.config, made.documents.config);
    assert.equal(last.kind === 'removed' && last.documents.session, undefined);
  });

  test('is not one that the user had', () => {
    const last = removeLogin(add(NO_DOCUMENTS, application('a', 'app-a')), 'a');
    assert.equal(last.kind === 'removed' && last.folder, 'keep');
  });

  test('may have been entered by a faster login first', () => {
    const faster = add(NO_DOCUMENTS, application('b', 'app-b', { subscriptions: [2] }));
    const both = addLogin(faster, application('a', 'app-a', { subscriptions: [1] }), MADE).documents;
    assert.match(both.config ?? '', /encrypt_token_cache = false/);
    const last = removeLogin(remove(both, 'b'), 'a');
    assert.equal(last.kind === 'removed' && last.folder, 'remove');
  });
});

test('managed identities, which all have one name, are told apart', () => {
  const identity = (id: string, clientId: string, number: number): SharedLogin => {
    const login = application(id, 'userAssignedIdentity', {
      subscriptions: [number],
      handover: { kind: 'managed-identity' },
    });
    const subscriptions = login.contribution.subscriptions.map((entry) => ({
      ...entry,
      user: {
        name: 'userAssignedIdentity',
        type: 'servicePrincipal' as const,
        assignedIdentityInfo: `MSIClient-${clientId}`,
      },
    }));
    return { ...login, contribution: { ...login.contribution, subscriptions } };
  };
  const two = addLogin(add(NO_DOCUMENTS, identity('a', '1', 1)), identity('b', '2', 1), FOUND);
  assert.equal(two.warnings.length, 1);
  const [left] = subscriptionsOf(remove(two.documents, 'b'));
  assert.deepEqual(left?.['user'], {
    name: 'userAssignedIdentity',
    type: 'servicePrincipal',
    assignedIdentityInfo: 'MSIClient-1',
  });
});

test('a certificate’s file and later ones are remembered by name', () => {
  const login = application('a', 'app-a', { handover: CERTIFICATE });
  const { session } = add(NO_DOCUMENTS, { ...login, laterFiles: ['keep-alive-a.log'] });
  assert.deepEqual(session?.logins[0]?.files, ['client-certificate-a.pem', 'keep-alive-a.log']);
  assert.equal(JSON.stringify(session).includes('PRIVATE KEY'), false);
});

describe('refused', () => {
  const gov = application('g', 'app-g', { subscriptions: [1], cloud: KNOWN_CLOUDS.AzureUSGovernment });
  for (const [what, folder, message] of [
    ['subscriptions of another cloud', OWN, /belongs to the cloud AzureCloud; this login is one of AzureUSGovernment/],
    [
      'a login of another cloud',
      add(NO_DOCUMENTS, application('a', 'app-a', { subscriptions: [2] })),
      /belongs to the cloud AzureCloud/,
    ],
    [
      'accounts while another cloud is active',
      { ...NO_DOCUMENTS, config: '[cloud]\nname = Mine\n', servicePrincipals: OWN.servicePrincipals },
      /belongs to the cloud Mine/,
    ],
    [
      'encrypted tokens',
      { ...NO_DOCUMENTS, config: '[core]\nencrypt_token_cache = On\n' },
      /keeps its tokens encrypted/,
    ],
    [
      'an option that az cannot read',
      { ...NO_DOCUMENTS, config: '[core]\nencrypt_token_cache = maybe\n' },
      /encrypted/,
    ],
  ] as const) {
    test(what, () => {
      assert.throws(
        () => addLogin(folder, gov, FOUND),
        (error: unknown) => error instanceof SessionError && message.test(error.message) && error.next.length > 0,
      );
    });
  }

  test('encrypted stores on Windows, where az encrypts without being told', () => {
    const nature = { ...FOUND, encryptsByDefault: true, encryptedStores: 'present' } as const;
    assert.throws(() => addLogin(NO_DOCUMENTS, gov, nature), SessionError);
    const told: Documents = { ...NO_DOCUMENTS, config: '[core]\nencrypt_token_cache = false\n' };
    assert.doesNotThrow(() => addLogin(told, gov, nature));
  });

  test('not another cloud that no account uses', () => {
    const merged = add({ ...NO_DOCUMENTS, config: '[cloud]\nname = AzureCloud\n' }, gov);
    assert.equal(merged.config, '[cloud]\nname = AzureUSGovernment\n');
    assert.equal(remove(merged, 'g').config, '[cloud]\nname = AzureCloud\n');
  });

  test('not a folder of Windows without stores; az is told to read plain ones', () => {
    const { documents } = addLogin(NO_DOCUMENTS, gov, { ...FOUND, encryptsByDefault: true });
    assert.match(documents.config ?? '', /encrypt_token_cache = false/);
    assert.deepEqual(remove(documents, 'g'), NO_DOCUMENTS);
  });
});

describe('a private cloud', () => {
  const hub = (id: string, host: string): SharedLogin =>
    application(id, `app-${id}`, {
      subscriptions: [1],
      cloud: {
        ...KNOWN_CLOUDS.AzureCloud,
        name: 'Hub',
        resourceManager: `https://management.${host}`,
        definition: { kind: 'written', apiProfile: '2020-09-01-hybrid', services: { storage: host } },
      },
    });
  const environments = [{ name: 'Other' }];
  const folder: Documents = {
    ...NO_DOCUMENTS,
    clouds: '[Other]\nprofile = latest\n',
    profile: { environments, subscriptions: [] },
  };

  test('is told to both CLIs, and forgotten with the last of its logins', () => {
    const two = add(folder, hub('a', 'hub'), hub('b', 'hub'));
    assert.match(two.clouds ?? '', /^\[Other\]\nprofile = latest\n\n\[Hub\]\nprofile = 2020-09-01-hybrid\n/);
    assert.match(two.config ?? '', /instance_discovery = false/);
    const one = remove(two, 'b');
    assert.equal(one.clouds, two.clouds);
    assert.deepEqual(environmentNames(one), ['Other', 'Hub']);
    assert.deepEqual(remove(one, 'a'), folder);
  });

  test('is part of a folder made for it', () => {
    const { documents } = addLogin(NO_DOCUMENTS, hub('a', 'hub'), MADE);
    assert.match(documents.clouds ?? '', /endpoint_resource_manager = https:\/\/management\.hub\//);
    assert.match(documents.config ?? '', /name = Hub\n[\s\S]*instance_discovery = false/);
  });

  test('is not another one of the same name', () => {
    const one = add(NO_DOCUMENTS, hub('a', 'hub'));
    assert.throws(() => add(one, hub('b', 'elsewhere')), /belongs to the cloud Hub at https:\/\/management\.hub/);
    assert.throws(() => add(one, application('c', 'c', { subscriptions: [2] })), /belongs to the cloud Hub;/);
  });
});

function environmentNames({ profile }: Documents): unknown[] {
  return ((profile?.['environments'] ?? []) as readonly JsonObject[]).map((environment) => environment['name']);
}

test('a tenant with ten thousand subscriptions is merged within a second', () => {
  const numbers = Array.from({ length: 10_000 }, (_, number) => number + 1);
  // Time of the processor, since other tests run at the same time.
  const started = process.cpuUsage();
  const both = add(
    NO_DOCUMENTS,
    application('a', 'app-a', { subscriptions: numbers }),
    application('b', 'app-b', { subscriptions: numbers }),
  );
  assert.equal(Object.keys(seen(remove(both, 'b'))).length, 10_000);
  assert.ok(process.cpuUsage(started).user < 3_000_000);
});

function permutations<T>(items: readonly T[]): T[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}
