import { trustedOwners } from '../../src/profile/folders-above.ts';
import { logOut } from '../../src/profile/log-out.ts';
import type { SharedLogin } from '../../src/profile/merge.ts';
import { joinSharedFolder } from '../../src/profile/shared-folder.ts';

/** A process that adds a login to a folder once it is told which, and with `leave` logs it out again. */
const [path = '', then = 'stay'] = process.argv.slice(2);
process.stdout.write('ready');
let told = '';
for await (const text of process.stdin) told += String(text);
const login = JSON.parse(told) as SharedLogin;
await joinSharedFolder({ path, platform: process.platform, uid: process.getuid?.(), trusted: trustedOwners({}) }).add(
  login,
);
if (then === 'leave') await logOut(path, login.id);
