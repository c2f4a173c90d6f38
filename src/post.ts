import { actionsRunner } from './runner/actions-runner.ts';
import { signOut } from './sign-out.ts';

/** The post entry. It reads the saved session alone and imports nothing that could sign in. */
void signOut(actionsRunner(process));
