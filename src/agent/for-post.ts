import { ProfileFolder } from '../profile/folder.ts';
import type { CommonPlan } from './plan.ts';

/**
 * Leaves a file in the folder of the session, where the post step looks for what it should say. Nobody waits for that, so
 * a folder that is gone or full is nobody's failure.
 * @param text `''` takes it back
 */
export function leaveForPost({ folder }: CommonPlan, name: string, text: string): void {
  try {
    if (text === '') ProfileFolder.existing(folder).removeEntry(name);
    else ProfileFolder.existing(folder).write(name, text);
  } catch {}
}
