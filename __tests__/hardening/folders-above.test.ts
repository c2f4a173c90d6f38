import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { isPrivateGroup } from '../../src/profile/folders-above.ts';
import { assertRefused, openWorld } from '../action/world.ts';

/** Whether another user of the machine could put another folder in the place of the profile. */

const world = await openWorld();

const OTHER_USER = 12_345;
const STAFF = 50;
const skip = process.getuid?.() === 0 ? false : 'only root can give a folder away';

function folder(job: Job, name: string, mode = 0o755, owner = 0, group = 0): string {
  const path = join(job.workspace, name);
  mkdirSync(path, { recursive: true });
  chownSync(path, owner, group);
  chmodSync(path, mode);
  return path;
}

suite('A named folder below one that another user could exchange is refused, and nobody is contacted', { skip }, () => {
  const cases: Record<string, { arrange: (job: Job) => void; told: RegExp; dir?: string }> = {
    'every user may write to the folder above': {
      arrange: (job) => folder(job, 'above', 0o777),
      told: /every user may write to the folder .+\/work\/above, above it \(owner 0, mode 0777\)\.\n[\s\S]*\n {4}chmod go-w '?.+\/work\/above'?/,
    },
    'every user may write to one further above': {
      arrange: (job) => {
        folder(job, 'above', 0o777);
        folder(job, 'above/below');
      },
      dir: 'above/below/profile',
      told: /work\/above, above it \(owner 0, mode 0777\)/,
    },
    'a group with other members may write to it': {
      arrange: (job) => folder(job, 'above', 0o775, 0, STAFF),
      told: /the group with id 50 may write to the folder .+above, above it \(owner 0, mode 0775\)/,
    },
    'it belongs to another user': {
      arrange: (job) => folder(job, 'above', 0o755, OTHER_USER),
      told: /above, above it, belongs to the user with id 12345 \(mode 0755\)\.\n[\s\S]*\n {4}chown 0 /,
    },
    'it belongs to another user, who made it sticky': {
      arrange: (job) => folder(job, 'above', 0o1777, OTHER_USER),
      told: /belongs to the user with id 12345/,
    },
    'a link on the way belongs to another user': {
      arrange: (job) => {
        symlinkSync(folder(job, 'target'), join(job.workspace, 'above'));
        lchownSync(join(job.workspace, 'above'), OTHER_USER, OTHER_USER);
      },
      told: /the link .+above, on the way to it, belongs to the user with id 12345\.\n[\s\S]*\n {4}chown -h 0 /,
    },
    'a link on the way lies where every user may write': {
      arrange: (job) => symlinkSync(folder(job, 'target'), join(folder(job, 'open', 0o777), 'link')),
      dir: 'open/link/profile',
      told: /every user may write to the folder .+open/,
    },
    'a link on the way leads below a folder where every user may write': {
      arrange: (job) => {
        folder(job, 'open', 0o777);
        symlinkSync(join('open', '..', 'open', 'target'), join(job.workspace, 'above'));
        folder(job, 'open/target');
      },
      told: /every user may write to the folder .+open/,
    },
  };
  for (const [name, { arrange, told, dir = 'above/profile' }] of Object.entries(cases)) {
    test(name, async () => {
      using job = world.newJob();
      arrange(job);
      world.simulator.clear();
      const step = await job.step({ inputs: { ...world.secret, 'config-dir': dir } });
      assertRefused(step, job, told);
      assert.equal(existsSync(join(job.workspace, dir)), false);
      assert.deepEqual([world.asked, world.simulator.connections.tcp], [[], 0]);
    });
  }
});

suite('A named folder that no other user could exchange is taken, by its path without links', { skip }, () => {
  const cases: Record<string, { arrange: (job: Job) => void; dir?: string; resolved?: string }> = {
    'below folders of root': { arrange: (job) => folder(job, 'above') },
    'below folders that are not there yet': { arrange: () => {}, dir: 'a/b/profile' },
    'below a sticky folder, like /tmp': { arrange: (job) => folder(job, 'above', 0o1777) },
    'below a link, as macOS has on the way to /tmp': {
      arrange: (job) => symlinkSync(folder(job, 'target'), join(job.workspace, 'above')),
      resolved: 'target/profile',
    },
    'in a container job as root, below a folder of the runner’s user, to which their private group may write': {
      arrange: (job) => {
        chownSync(job.temp, OTHER_USER, OTHER_USER);
        folder(job, 'above', 0o775, OTHER_USER, OTHER_USER);
      },
    },
  };
  for (const [name, { arrange, dir = 'above/profile', resolved = dir }] of Object.entries(cases)) {
    test(name, async () => {
      using job = world.newJob();
      arrange(job);
      const step = await signedIn(job, { 'config-dir': dir });
      const { result } = step;
      const path = join(job.workspace, resolved);
      assert.deepEqual([result.outputs['config-dir'], result.exported['AZURE_CONFIG_DIR']], [path, path]);
      assert.deepEqual(
        result.warnings.filter((warning) => !warning.includes('lies in the workspace')),
        [],
      );
      const post = await step.post();
      assert.deepEqual([post.exitCode, post.errors], [0, []], post.log);
      assert.equal(existsSync(path), false);
    });
  }
});

test('RUNNER_TEMP where another user could exchange what is in it is a warning', { skip }, async () => {
  for (const [above, mode, warning] of [
    ['temp', 0o777, /every user may write to the folder .+_temp, above it .*chmod go-w '?.+_temp'?/],
    ['folder', 0o777, /every user may write to the folder/],
    ['temp', 0o1777, undefined],
  ] as const) {
    using job = world.newJob();
    chmodSync(job[above], mode);
    const step = await signedIn(job, {});
    const { result } = step;
    assert.equal(result.warnings.length, warning === undefined ? 0 : 1, result.log);
    if (warning !== undefined) assert.match(result.warnings[0] ?? '', warning);
    await step.post();
    assert.deepEqual(readdirSync(job.temp), []);
  }
});

suite('The private group of a user', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nrunner:x:1001:1001::/home/runner:/bin/sh\nann:x:1002:100::/:/bin/sh\n';
  const group = 'root:x:0:\nrunner:x:1001:\nusers:x:100:ann\ndocker:x:123:runner\nshared:x:1002:runner\n';
  const cases: [what: string, gid: number, owner: number, passwd: string, group: string, is: boolean][] = [
    ['their own', 1001, 1001, passwd, group, true],
    ['they are named in it', 1001, 1001, passwd, group.replace('runner:x:1001:', 'runner:x:1001:runner'), true],
    ['it has another member', 1001, 1001, passwd, group.replace('runner:x:1001:', 'runner:x:1001:ann'), false],
    ['it is another’s first group too', 1001, 1001, passwd.replace('1002:100', '1002:1001'), group, false],
    ['of another user', 1001, 0, passwd, group, false],
    ['a group of many', 100, 1001, passwd, group, false],
    ['not their first', 123, 1001, passwd, group, false],
    ['of their number, with another member', 1002, 1002, passwd, group, false],
    ['neither user nor group are known here', 2001, 2001, passwd, group, true],
    ['unknown, and of another number', 2002, 2001, passwd, group, false],
    ['lines that are none', 0, 0, '+::::::\n\n#\n', '+:::\n', true],
  ];
  for (const [what, gid, owner, users, groups, is] of cases) {
    test(`${what}: ${is}`, () => assert.equal(isPrivateGroup(gid, owner, users, groups), is));
  }
});

async function signedIn(job: Job, inputs: Record<string, string>): Promise<Awaited<ReturnType<Job['step']>>> {
  const step = await world.signedIn({ ...world.secret, subscription: 'Production', ...inputs }, { job });
  return step;
}
