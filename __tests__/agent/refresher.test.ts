import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type FreshAssertion, SourceFailure } from '../../src/agent/assertions.ts';
import { type KeepAlivePorts, refresh } from '../../src/agent/keep-alive.ts';
import { failureWaitMs, type KeepAlivePlan, refreshAfterMs, sessionEnd } from '../../src/agent/plan.ts';
import { SessionError } from '../../src/core/session-error.ts';

const temp = mkdtempSync(join(tmpdir(), 'azure-session-refresher-'));
after(() => rmSync(temp, { recursive: true }));

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LIFE = 5 * MINUTE;
/** The longest time that an assertion may stay in use. */
const OLDEST = 0.6 * LIFE;
const LOG = 'keep-alive.log';

function sessionFolder(): string {
  const folder = mkdtempSync(join(temp, 'session-'));
  writeFileSync(join(folder, 'azure-session.json'), '{"version":1}');
  return folder;
}

/** A session with a simulated clock, which only `pause` advances. At `over`, the session's folder is removed. */
class Timeline implements KeepAlivePorts {
  readonly folder = sessionFolder();
  readonly published: { readonly at: number; readonly assertion: string }[] = [];
  readonly requests: number[] = [];
  pauses = 0;
  rests = 0;
  /** Milliseconds since the sign-in. */
  at = 0;
  wallAhead = 0;
  over = Number.POSITIVE_INFINITY;
  respond = (): FreshAssertion => ({ assertion: `assertion of ${this.at}`, usableMs: LIFE });
  write = (): 'published' | 'session-over' => 'published';
  random = (): number => 0.5;
  onPause = (): void => {};

  readonly fetch = async (): Promise<FreshAssertion> => {
    this.requests.push(this.at);
    return this.respond();
  };

  readonly publish = async (assertion: string): Promise<'published' | 'session-over'> => {
    const outcome = this.write();
    if (outcome === 'published') this.published.push({ at: this.at, assertion });
    return outcome;
  };

  readonly pause = async (ms: number): Promise<void> => {
    assert.ok(++this.pauses < 20_000, 'it never ends');
    this.onPause();
    this.at += ms;
    if (this.at >= this.over) rmSync(this.folder, { recursive: true, force: true });
  };

  readonly now = (): Date => new Date(this.at + this.wallAhead);

  readonly rest = (): void => {
    this.rests++;
  };

  async run(plan: Partial<KeepAlivePlan> = {}, end = 6 * HOUR): Promise<this> {
    const { folder } = this;
    const source = { kind: 'github', audience: 'audience' } as const;
    const common = { folder, idTokenService: {}, clientId: 'client', tenantId: 'tenant', source, expiresOn: LIFE };
    await refresh({ ...common, ...plan }, new Date(end), this);
    return this;
  }

  /** The greatest age of an assertion that a client could read. */
  get oldest(): number {
    const times = [0, ...this.published.map(({ at }) => at), Math.min(this.at, this.over)];
    return Math.max(...times.slice(1).map((time, n) => time - (times[n] ?? 0)));
  }

  get log(): string {
    const file = join(this.folder, LOG);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}

function timeline(settings: Partial<Timeline> = {}): Timeline {
  return Object.assign(new Timeline(), settings);
}

/** A timeline whose requests fail between two times. */
function failing(from: number, to: number, failure: () => Error, settings: Partial<Timeline> = {}): Timeline {
  const line = timeline(settings);
  const { respond } = line;
  line.respond = () => {
    if (line.at >= from && line.at < to) throw failure();
    return respond();
  };
  return line;
}

const transient = (): Error => new SourceFailure('github.example answered HTTP 500');
const refusal = (): Error => new SourceFailure('GitHub refused the ID token (HTTP 403).');

for (const chance of [0, 0.5, 1 - Number.EPSILON]) {
  test(`a session of hours always has a fresh assertion, with chance ${chance.toFixed(1)}`, async () => {
    const line = await timeline({ random: () => chance, over: 5 * HOUR }).run();
    assert.ok(line.oldest <= OLDEST, `${line.oldest} ms`);
    assert.ok(line.published.length >= 100 && line.published.length <= 150, String(line.published.length));
    assert.equal(line.published.at(-1)?.assertion, `assertion of ${line.published.at(-1)?.at}`);
    assert.equal(line.rests, line.requests.length);
  });
}

test('after six hours, when GitHub issues no more tokens, the refresher ends, and post reports why', async () => {
  const line = await timeline().run();
  assert.ok(line.at >= 6 * HOUR && line.at < 6 * HOUR + LIFE);
  assert.match(line.log, /^The session was not kept alive .* only about six hours\.\n$/);
});

suite('The refresher ends within seconds of the session, and reports nothing', () => {
  test('during a request, whose token is then not written', async () => {
    const line = timeline();
    line.respond = () => {
      rmSync(line.folder, { recursive: true });
      return { assertion: 'late', usableMs: LIFE };
    };
    await line.run();
    assert.deepEqual([line.requests.length, line.published.length], [1, 0]);
    assert.ok(!existsSync(line.folder));
  });

  test('during the wait after a failure', async () => {
    const line = await failing(0, HOUR, transient, { over: LIFE + 20 * SECOND }).run();
    assert.ok(line.at - line.over < 5 * SECOND);
  });

  test('if writing finds that the login has left the shared folder', async () => {
    const line = timeline({ write: () => 'session-over' });
    writeFileSync(join(line.folder, 'azure-session.json'), '{"logins":[{"id":"login"}]}');
    await line.run({ sharedLogin: 'login' });
    assert.deepEqual([line.requests.length, line.log], [1, '']);
  });

  test('if the login leaves a shared folder that another login still uses', async () => {
    const line = timeline();
    const ledger = join(line.folder, 'azure-session.json');
    writeFileSync(ledger, '{"logins":[{"id":"login"},{"id":"other"}]}');
    line.onPause = () => {
      if (line.at >= MINUTE) writeFileSync(ledger, '{"logins":[{"id":"other"}]}');
    };
    await line.run({ sharedLogin: 'login' });
    assert.ok(line.at - MINUTE <= 5 * SECOND, String(line.at));
    assert.deepEqual([line.requests, line.log], [[], '']);
  });

  test('if a client has created the folder of the ended session again', async () => {
    const line = timeline();
    line.onPause = () => rmSync(join(line.folder, 'azure-session.json'), { force: true });
    await line.run();
    assert.deepEqual([line.pauses, line.requests, line.log], [1, [], '']);
  });

  test('if a file has replaced the folder', async () => {
    const line = await timeline({ over: 0 }).run({ folder: import.meta.filename });
    assert.deepEqual([line.pauses, line.requests], [0, []]);
  });
});

suite('After a transient failure', () => {
  const unexpected = () => new TypeError('undefined is not a function');
  for (const [name, failure] of Object.entries({ 'of GitHub': transient, 'that is unexpected': unexpected })) {
    test(`${name} for a minute, the assertion stays fresh`, async () => {
      const line = await failing(10 * MINUTE, 11 * MINUTE, failure, { over: HOUR }).run();
      assert.ok(line.oldest < OLDEST + 90 * SECOND, `${line.oldest} ms`);
    });
  }

  test('the waits grow to a limit', async () => {
    const { requests } = await failing(0, HOUR, transient, { over: 40 * MINUTE }).run();
    const waits = requests.slice(1).map((time, n) => time - (requests[n] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [375, 750, 1500, 3000, 6000, 12_000, 22_500]);
    assert.equal(Math.max(...waits), 22_500);
  });

  test('the wait is as long as the server requests, up to a minute', async () => {
    const busy = () => new SourceFailure('HTTP 429', 40 * SECOND);
    const line = await failing(0, 3 * MINUTE, busy, { over: 5 * MINUTE }).run();
    assert.deepEqual(line.requests.slice(0, 2), [150 * SECOND, 190 * SECOND]);
    assert.equal(failureWaitMs(1, HOUR, 0), MINUTE);
  });

  test('to write, as on a full disk, the refresher tries again', async () => {
    const line = timeline({ over: HOUR });
    line.write = () => {
      if (line.at < 10 * MINUTE) throw new SessionError('Cannot write the token.', { why: 'The disk is full.' });
      return 'published';
    };
    await line.run();
    assert.ok((line.published[0]?.at ?? 0) < 10 * MINUTE + 30 * SECOND);
  });

  test('post gets a warning once the last assertion has expired, until there is a fresh one', async () => {
    const line = failing(0, 20 * MINUTE, transient, { over: 30 * MINUTE });
    const logs = new Map<number, string>();
    line.onPause = () => logs.set(Math.floor(line.at / MINUTE), line.log);
    await line.run();
    const why = 'there was no fresh token after 00:05 UTC: github.example answered HTTP 500.';
    assert.equal(logs.get(10), `The session was not kept alive to the end of the job: ${why}\n`);
    for (const minute of [2, 3, 4, 25]) assert.equal(logs.get(minute), '');
  });
});

test('refusals for half an hour, as in an outage, do not end the session', async () => {
  const line = await failing(10 * MINUTE, 40 * MINUTE, refusal, { over: HOUR }).run();
  assert.ok(line.published.some(({ at }) => at > 40 * MINUTE && at < 41 * MINUTE));
  assert.equal(line.log, '');
});

test('the session ends when the request token expires, or after six hours if its expiry is unknown', () => {
  const now = new Date('2026-08-01T12:00:00Z');
  const expiry = new Date('2026-08-01T18:04:00Z');
  assert.deepEqual(sessionEnd(expiry, now), expiry);
  const inSixHours = new Date('2026-08-01T18:00:00Z');
  for (const unknown of [new Date(0), now]) assert.deepEqual(sessionEnd(unknown, now), inSixHours);
});

suite('With a wrong clock', () => {
  const clocks = { 'ten minutes ahead': 10, 'ten minutes behind': -10, 'a year behind': -365 * 24 * 60 };
  for (const [name, minutes] of Object.entries(clocks)) {
    test(`${name}, the assertion is as fresh, without more requests`, async () => {
      const line = await timeline({ wallAhead: minutes * MINUTE, over: HOUR }).run();
      assert.ok(line.oldest <= OLDEST, `${line.oldest} ms`);
      assert.ok(line.requests.length <= 31, String(line.requests.length));
    });
  }

  test('by which the token has expired or never expires, the next request is neither immediate nor late', () => {
    for (const [usableMs, wait] of [
      [-10 * MINUTE, 500],
      [0, 500],
      [6 * SECOND, 2400],
      [HOUR, 2.5 * MINUTE],
      [Number.POSITIVE_INFINITY, 2.5 * MINUTE],
    ] as const) {
      assert.equal(refreshAfterMs(usableMs, 0), wait);
    }
  });

  test('that is set back by an hour, the assertion stays fresh', async () => {
    const line = timeline({ over: HOUR });
    line.onPause = () => {
      if (line.at > 10 * MINUTE) line.wallAhead = -HOUR;
    };
    await line.run();
    assert.ok(line.oldest <= OLDEST, `${line.oldest} ms`);
  });

  test('that jumps ahead, as after the machine sleeps, the next request follows at once', async () => {
    const line = timeline({ over: HOUR });
    let slept = 0;
    line.onPause = () => {
      if (slept !== 0 || line.at <= 10 * MINUTE) return;
      line.wallAhead = HOUR;
      slept = line.at;
    };
    await line.run({}, 10 * HOUR);
    const next = line.requests.find((at) => at > slept) ?? 0;
    assert.ok(next - slept <= 5 * SECOND, `${next - slept} ms`);
  });
});

test('a log that cannot be written is not an error', async () => {
  const line = failing(0, 10 * HOUR, refusal);
  mkdirSync(join(line.folder, LOG, 'in the way'), { recursive: true });
  await line.run();
});
