import { signOut } from './profile/sign-out.ts';
import { actionsRunner } from './runner/actions-runner.ts';

/** The post entry. It reads the saved session alone and imports nothing that could sign in. */
void signOut(actionsRunner(process));
