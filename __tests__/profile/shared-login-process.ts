import { logOut } from '../../src/profile/shared/log-out.ts';
import { joinSharedFolder } from '../../src/profile/shared/shared-folder.ts';
import { application } from './logins.ts';

/** A process that adds a login to a folder once it is told to, and with `leave` logs it out again. */
const [path = '', number = '', then = 'stay'] = process.argv.slice(2);
const login = application(`login-${number}`, `app-${number}`, { subscriptions: [Number(number)] });
process.stdout.write('ready');
await new Promise((resolve) => process.stdin.once('data', resolve).once('end', resolve));
process.stdin.destroy();
const folder = joinSharedFolder({ path, platform: process.platform, uid: process.getuid?.() });
await folder.add(login);
if (then === 'leave') await logOut(path, login.id);
