import { homedir } from 'node:os';
import { parse } from 'node:path';

/**
 * The home folder of the job's user. One that the system does not know, as in a container that runs as any number, has
 * none where HOME is not set either; Docker gives such a user the root.
 */
export function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return parse(process.execPath).root;
  }
}
