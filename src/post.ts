import { actionsRunner } from './actions/actions-runner.ts';
import { signOut } from './sign-out.ts';

/** Where nobody reads the log any more, the session is undone all the same. */
process.stdout.on('error', () => {});

/** The post entry. It reads the saved session alone and imports nothing that could sign in. */
void signOut(actionsRunner(process));
