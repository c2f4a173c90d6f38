import { actionsRunner, writeLogAtOnce } from './actions/actions-runner.ts';
import { signOut } from './sign-out.ts';

/** The post entry. It reads the saved session alone and imports nothing that could sign in. */
writeLogAtOnce();
// All is written. Node would take another millisecond to take itself apart.
void signOut(actionsRunner(process)).finally(() => process.exit());
