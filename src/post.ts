import { actionsRunner, writeLogSynchronously } from './actions/actions-runner.ts';
import { signOut } from './sign-out.ts';

/** The post entry. It acts only on the saved session and imports no code that can sign in. */
writeLogSynchronously();
// Everything is written. A regular shutdown of Node would take another millisecond.
void signOut(actionsRunner(process)).finally(() => process.exit());
