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
const LOG = 'keep-alive.log';

/**
 * A session and a clock that only waiting moves. The session is over, its folder gone, at `over`; what GitHub answers
 * and what the disk says at each time is told by two functions.
 */
class Timeline implements KeepAlivePorts {
  readonly folder = mkdtempSync(join(temp, 'session-'));
  readonly published: { readonly at: number; readonly assertion: string }[] = [];
  readonly asked: number[] = [];
  readonly pauses: number[] = [];
  rests = 0;
  /** Milliseconds since the sign-in, whatever the clock on the wall says. */
  at = 0;
  wallAhead = 0;
  over = Number.POSITIVE_INFINITY;
  answer = (): FreshAssertion => ({ assertion: `assertion of ${this.at}`, usableMs: LIFE });
  disk = (): 'published' | 'session-over' => 'published';
  random = (): number => 0.5;
  /** Happens after the pause has begun. */
  meanwhile = (): void => {};

  readonly fetch = async (): Promise<FreshAssertion> => {
    this.asked.push(this.at);
    return this.answer();
  };

  readonly publish = async (assertion: string): Promise<'published' | 'session-over'> => {
    const outcome = this.disk();
    if (outcome === 'published') this.published.push({ at: this.at, assertion });
    return outcome;
  };

  readonly pause = async (ms: number): Promise<void> => {
    assert.ok(this.pauses.push(ms) < 20_000, 'it never ends');
    this.meanwhile();
    this.at += ms;
    if (this.at >= this.over) rmSync(this.folder, { recursive: true, force: true });
  };

  readonly now = (): Date => new Date(this.at + this.wallAhead);

  readonly rest = (): void => {
    this.rests++;
  };

  async run(plan: Partial<KeepAlivePlan> = {}, end = 6 * HOUR): Promise<this> {
    const whole: KeepAlivePlan = {
      folder: this.folder,
      idTokenService: {},
      clientId: 'client',
      tenantId: 'tenant',
      source: { kind: 'github', audience: 'audience' },
      expiresOn: LIFE,
      ...plan,
    };
    await refresh(whole, new Date(end), this);
    return this;
  }

  /** How long the oldest assertion was that a client could have found at any time. */
  get oldest(): number {
    const times = [0, ...this.published.map(({ at }) => at), Math.min(this.at, this.over)];
    return Math.max(...times.slice(1).map((time, n) => time - (times[n] ?? 0)));
  }

  get log(): string {
    const file = join(this.folder, LOG);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  }
}

function timeline(settings: Partial<Timeline>): Timeline {
  return Object.assign(new Timeline(), settings);
}

/** Fails between two times. */
function failing(line: Timeline, from: number, to: number, failure: () => Error): void {
  const answer = line.answer;
  line.answer = () => {
    if (line.at >= from && line.at < to) throw failure();
    return answer();
  };
}

const passing = (): Error => new SourceFailure('github.example answered HTTP 500', 'transient');
const final = (): Error => new SourceFailure('GitHub refused the ID token (HTTP 403).', 'final');

suite('a session of six hours', () => {
  for (const chance of [0, 0.5, 1 - Number.EPSILON]) {
    test(`is fresh all the time, chance ${chance.toFixed(1)}`, async () => {
      const line = await timeline({ random: () => chance, over: 5 * HOUR }).run();
      assert.ok(line.oldest <= 0.6 * LIFE, `${line.oldest} ms`);
      assert.ok(line.published.length >= 100 && line.published.length <= 150, String(line.published.length));
      assert.equal(line.published.at(-1)?.assertion, `assertion of ${line.published.at(-1)?.at}`);
      assert.equal(line.rests, line.asked.length);
    });
  }

  test('asks no more once GitHub gives nothing more, and post says why', async () => {
    const line = await new Timeline().run();
    assert.ok(line.at >= 6 * HOUR && line.at < 6 * HOUR + LIFE);
    assert.match(line.log, /^The session was not kept alive .* only about six hours\.\n$/);
  });
});

suite('a session that is over is left within seconds, without a word', () => {
  test('between two renewals', async () => {
    const line = await timeline({ over: MINUTE }).run();
    assert.ok(line.at - line.over < 5 * SECOND, String(line.at));
    assert.deepEqual(line.asked, []);
    assert.ok(!existsSync(line.folder));
  });

  test('while GitHub is asked: what it gives is written nowhere', async () => {
    const line = new Timeline();
    line.answer = () => {
      rmSync(line.folder, { recursive: true });
      return { assertion: 'late', usableMs: LIFE };
    };
    await line.run();
    assert.deepEqual([line.asked.length, line.published.length], [1, 0]);
    assert.ok(!existsSync(line.folder));
  });

  test('while it is waited for after a failure', async () => {
    const line = timeline({ over: LIFE + 20 * SECOND });
    failing(line, 0, HOUR, passing);
    await line.run();
    assert.ok(line.at - line.over < 5 * SECOND);
  });

  test('logged out of a folder that others share', async () => {
    const line = timeline({ disk: () => 'session-over' });
    writeFileSync(join(line.folder, 'azure-session.json'), '{"logins":[{"id":"login"}]}');
    await line.run({ sharedLogin: 'login' });
    assert.equal(line.asked.length, 1);
    assert.equal(line.log, '');
  });

  test('logged out of one that others still use', async () => {
    const line = timeline({});
    const record = join(line.folder, 'azure-session.json');
    writeFileSync(record, '{"logins":[{"id":"login"},{"id":"other"}]}');
    line.meanwhile = () => {
      if (line.at >= MINUTE) writeFileSync(record, '{"logins":[{"id":"other"}]}');
    };
    await line.run({ sharedLogin: 'login' });
    assert.ok(line.at - MINUTE <= 5 * SECOND, String(line.at));
    assert.deepEqual([line.asked, line.log], [[], '']);
  });

  test('a file in the place of the folder is no session', async () => {
    const line = timeline({ over: 0 });
    await line.run({ folder: import.meta.filename });
    assert.deepEqual([line.pauses, line.asked], [[], []]);
  });
});

suite('failures that pass', () => {
  const failures: Record<string, () => Error> = {
    'of GitHub': passing,
    'that nobody foresaw': () => new TypeError('undefined is not a function'),
  };
  for (const [name, failure] of Object.entries(failures)) {
    test(`${name}: a minute without answers costs no freshness`, async () => {
      const line = timeline({ over: HOUR });
      failing(line, 10 * MINUTE, 11 * MINUTE, failure);
      await line.run();
      assert.ok(line.oldest < 0.6 * LIFE + 90 * SECOND, `${line.oldest} ms`);
    });
  }

  test('are asked about ever more slowly, by chance', async () => {
    const line = timeline({ over: 40 * MINUTE });
    failing(line, 0, HOUR, passing);
    await line.run();
    const waits = line.asked.slice(1).map((time, n) => time - (line.asked[n] ?? 0));
    assert.deepEqual(waits.slice(0, 7), [375, 750, 1500, 3000, 6000, 12_000, 22_500]);
    assert.equal(Math.max(...waits), 22_500);
  });

  test('of the server that says when to come back', async () => {
    const line = timeline({ over: 5 * MINUTE });
    failing(line, 0, 3 * MINUTE, () => new SourceFailure('HTTP 429', 'transient', 40 * SECOND));
    await line.run();
    assert.deepEqual(line.asked.slice(0, 2), [150 * SECOND, 190 * SECOND]);
    assert.equal(failureWaitMs(1, HOUR, 0), MINUTE);
  });

  test('a full disk', async () => {
    const line = timeline({ over: HOUR });
    line.disk = () => {
      if (line.at < 10 * MINUTE) throw new SessionError('Cannot write the token.', { why: 'The disk is full.' });
      return 'published';
    };
    await line.run();
    assert.ok((line.published[0]?.at ?? 0) < 10 * MINUTE + 30 * SECOND);
  });
});

suite('what post is told', () => {
  test('nothing while the last assertion can still be used', async () => {
    const line = timeline({ over: LIFE });
    failing(line, 0, HOUR, passing);
    line.meanwhile = () => assert.equal(line.log, '');
    await line.run();
    assert.ok(line.asked.length > 5);
  });

  test('that there is no fresh token, until there is one', async () => {
    const line = timeline({ over: 30 * MINUTE });
    failing(line, 0, 20 * MINUTE, passing);
    const logs = new Map<number, string>();
    line.meanwhile = () => logs.set(Math.floor(line.at / MINUTE), line.log);
    await line.run({ expiresOn: LIFE });
    assert.equal(
      logs.get(10),
      'The session was not kept alive to the end of the job: there was no fresh token after 00:05 UTC: github.example answered HTTP 500.\n',
    );
    assert.equal(logs.get(25), '');
  });
});

suite('definite refusals', () => {
  test('for good: it gives up once nothing is left to lose', async () => {
    const line = new Timeline();
    failing(line, 10 * MINUTE, 10 * HOUR, final);
    await line.run();
    assert.ok(line.at >= 10 * MINUTE + 0.4 * LIFE && line.at < 16 * MINUTE, `${line.at / MINUTE} min`);
    assert.match(line.log, /end of the job: it gave up: GitHub refused the ID token \(HTTP 403\)\.\n$/);
  });

  let asked = 0;
  for (const [what, end, failure] of [
    ['of a gateway, for two minutes', 11.5, final],
    ['between failures that pass, which are none in a row', 40, () => (asked++ % 3 === 0 ? passing() : final())],
  ] as const) {
    test(`${what}: it goes on`, async () => {
      const line = timeline({ over: HOUR });
      failing(line, 10 * MINUTE, end * MINUTE, failure);
      await line.run();
      assert.ok(line.published.some(({ at }) => at > 50 * MINUTE));
    });
  }
});

test('the session ends with the request token, or six hours from now where that does not say', () => {
  const now = new Date('2026-08-01T12:00:00Z');
  const expiry = new Date('2026-08-01T18:04:00Z');
  assert.deepEqual(sessionEnd(expiry, now), expiry);
  for (const unsaid of [new Date(0), now]) assert.deepEqual(sessionEnd(unsaid, now), new Date('2026-08-01T18:00:00Z'));
});

suite('a clock that is wrong', () => {
  for (const [name, wallAhead] of [
    ['ten minutes ahead', 10 * MINUTE],
    ['ten minutes behind', -10 * MINUTE],
    ['a year behind', -365 * 24 * HOUR],
  ] as const) {
    test(`${name}: as fresh, and asked no oftener`, async () => {
      const line = timeline({ wallAhead, over: HOUR });
      // What GitHub says of the first token is by its own clock.
      await line.run({ expiresOn: LIFE }, 6 * HOUR);
      assert.ok(line.oldest <= 0.6 * LIFE, `${line.oldest} ms`);
      assert.ok(line.asked.length <= 31, String(line.asked.length));
    });
  }

  test('by which the token has ended, or lasts for ever: neither asked at once nor too late', () => {
    assert.deepEqual(
      [-10 * MINUTE, 0, 6 * SECOND].map((left) => refreshAfterMs(left, 0)),
      [500, 500, 2400],
    );
    assert.deepEqual(
      [HOUR, Number.POSITIVE_INFINITY].map((left) => refreshAfterMs(left, 0)),
      [2.5 * MINUTE, 2.5 * MINUTE],
    );
  });

  test('that is put back by an hour while it runs', async () => {
    const line = timeline({ over: HOUR });
    line.meanwhile = () => {
      if (line.at > 10 * MINUTE) line.wallAhead = -HOUR;
    };
    await line.run();
    assert.ok(line.oldest <= 0.6 * LIFE, `${line.oldest} ms`);
  });

  test('that jumps ahead, as after a sleep of the machine: a fresh one at once', async () => {
    const line = timeline({ over: HOUR });
    let slept = 0;
    line.meanwhile = () => {
      if (slept !== 0 || line.at <= 10 * MINUTE) return;
      line.wallAhead = HOUR;
      slept = line.at;
    };
    await line.run({}, 10 * HOUR);
    const next = line.asked.find((at) => at > slept) ?? 0;
    assert.ok(next - slept <= 5 * SECOND, `${next - slept} ms`);
  });
});

test('a folder that cannot be written to is no reason to end in pieces', async () => {
  const line = new Timeline();
  failing(line, 0, 10 * HOUR, final);
  mkdirSync(join(line.folder, LOG, 'in the way'), { recursive: true });
  await line.run();
});
