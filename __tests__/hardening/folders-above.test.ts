import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, lchownSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Job } from '../../simulator/job.ts';
import { isPrivateGroup } from '../../src/profile/folders-above.ts';
import { openWorld } from '../action/world.ts';

const world = await openWorld();
const SECRET = { ...world.secret, subscription: 'Production' };

const OTHER = 12_345;
const skip = process.getuid?.() === 0 ? false : 'only root can give a folder away';

function folder(job: Job, name: string, mode = 0o755, owner = 0, group = 0): string {
  const path = join(job.workspace, name);
  mkdirSync(path, { recursive: true });
  chownSync(path, owner, group);
  chmodSync(path, mode);
  return path;
}

function link(job: Job, name: string, target = folder(job, 'target')): void {
  symlinkSync(target, join(job.workspace, name));
}

suite('A named folder that another user could replace is an error before any connection', { skip }, () => {
  const everyUser = /every user can write to the folder .+open/;
  const cases: readonly [title: string, arrange: (job: Job) => void, message: RegExp, dir?: string][] = [
    ['it belongs to another user', (job) => folder(job, 'own', 0o700, OTHER), /belongs to user id 12345/, 'own'],
    [
      'every user may write to the folder above',
      (job) => folder(job, 'above', 0o777),
      /every user can write to the folder .+\/work\/above above it \(owner 0, mode 0777\)\.\n[\s\S]*\n {4}chmod \+t '?.+\/work\/above'?/,
    ],
    [
      'every user may write to a folder further above',
      (job) => folder(job, 'above', 0o777) && folder(job, 'above/below'),
      /work\/above above it \(owner 0, mode 0777\)/,
      'above/below/profile',
    ],
    [
      'a group with other members may write to the folder above',
      (job) => folder(job, 'above', 0o775, 0, 50),
      /group id 50 can write to the folder .+above above it \(owner 0, mode 0775\)/,
    ],
    [
      'the folder above belongs to another user',
      (job) => folder(job, 'above', 0o755, OTHER),
      /above above it belongs to user id 12345 \(mode 0755\)\.\n[\s\S]*\n {4}chown 0 /,
    ],
    [
      'another user made the folder above sticky',
      (job) => folder(job, 'above', 0o1777, OTHER),
      /belongs to user id 12345/,
    ],
    [
      'a link on the way belongs to another user',
      (job) => {
        link(job, 'above');
        lchownSync(join(job.workspace, 'above'), OTHER, OTHER);
      },
      /the link .+above in its path belongs to user id 12345\.\n[\s\S]*\n {4}chown -h 0 /,
    ],
    [
      'a link on the way is in a folder to which every user may write',
      (job) => folder(job, 'open', 0o777) && link(job, 'open/link'),
      everyUser,
      'open/link/profile',
    ],
    [
      'a link on the way leads below a folder where every user may write',
      (job) => {
        folder(job, 'open', 0o777);
        link(job, 'above', join('open', '..', 'open', 'target'));
        folder(job, 'open/target');
      },
      everyUser,
    ],
  ];
  for (const [title, arrange, message, dir = 'above/profile'] of cases) {
    test(title, async () => {
      using job = world.newJob();
      arrange(job);
      const before = readdirSync(job.workspace, { recursive: true });
      await world.rejects({ ...SECRET, 'config-dir': dir }, message, { job, requests: 0 });
      assert.deepEqual(readdirSync(job.workspace, { recursive: true }), before);
      assert.equal(world.simulator.connections.tcp, 0);
    });
  }
});

suite('A named folder that no other user could replace is accepted, with its links resolved', { skip }, () => {
  const cases: readonly [title: string, arrange: (job: Job) => void, dir?: string, resolved?: string][] = [
    ['below folders of root', (job) => folder(job, 'above')],
    ['below folders that do not exist', () => {}, 'a/b/profile'],
    ['below a sticky folder, like /tmp', (job) => folder(job, 'above', 0o1777)],
    ['below a link, as macOS has on the way to /tmp', (job) => link(job, 'above'), 'above/profile', 'target/profile'],
    [
      'in a container job as root, below a folder of the runner’s user, to which their private group may write',
      (job) => {
        chownSync(job.temp, OTHER, OTHER);
        folder(job, 'above', 0o775, OTHER, OTHER);
      },
    ],
  ];
  for (const [title, arrange, dir = 'above/profile', resolved = dir] of cases) {
    test(title, async () => {
      using job = world.newJob();
      arrange(job);
      const step = await world.signIn({ ...SECRET, 'config-dir': dir }, { job });
      const { outputs, exported, warnings } = step.result;
      const path = join(job.workspace, resolved);
      assert.deepEqual([outputs['config-dir'], exported['AZURE_CONFIG_DIR']], [path, path]);
      assert.match(warnings.join('\n'), /^The profile folder .* is in the workspace\..*$/);
      assert.deepEqual((await step.post()).errors, []);
      assert.equal(existsSync(path), false);
    });
  }
});

test('a RUNNER_TEMP in which another user could replace folders is a warning', { skip }, async () => {
  for (const [above, mode, warning] of [
    ['temp', 0o777, /every user can write to the folder .+_temp above it .*chmod \+t '?.+_temp'?$/],
    ['folder', 0o777, /every user can write to the folder/],
    ['temp', 0o1777, /^$/],
  ] as const) {
    using job = world.newJob();
    chmodSync(job[above], mode);
    const step = await world.signIn(SECRET, { job });
    assert.match(step.result.warnings.join('\n'), warning);
    await step.post();
    assert.deepEqual(readdirSync(job.temp), []);
  }
});

suite('The private group of a user', () => {
  const passwd = 'root:x:0:0:root:/root:/bin/sh\nrunner:x:1001:1001::/home/runner:/bin/sh\nann:x:1002:100::/:/bin/sh\n';
  const group = 'root:x:0:\nrunner:x:1001:\nusers:x:100:ann\ndocker:x:123:runner\nshared:x:1002:runner\n';
  const cases: [title: string, gid: number, owner: number, passwd: string, group: string, expected: boolean][] = [
    ['no other member', 1001, 1001, passwd, group, true],
    ['the user is listed as member', 1001, 1001, passwd, group.replace('runner:x:1001:', 'runner:x:1001:runner'), true],
    ['another member is listed', 1001, 1001, passwd, group.replace('runner:x:1001:', 'runner:x:1001:ann'), false],
    ['it is the first group of another user too', 1001, 1001, passwd.replace('1002:100', '1002:1001'), group, false],
    ['the group of another user', 1001, 0, passwd, group, false],
    ['a group of several users', 100, 1001, passwd, group, false],
    ['not the first group of the user', 123, 1001, passwd, group, false],
    ['the same id, with another member', 1002, 1002, passwd, group, false],
    ['an unknown user and group with the same id', 2001, 2001, passwd, group, true],
    ['an unknown user and group with different ids', 2002, 2001, passwd, group, false],
    ['invalid lines', 0, 0, '+::::::\n\n#\n', '+:::\n', true],
  ];
  for (const [title, gid, owner, users, groups, expected] of cases) {
    test(`${title}: ${expected}`, () => assert.equal(isPrivateGroup(gid, owner, users, groups), expected));
  }
});
