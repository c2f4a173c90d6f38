import { type BigIntStats, fstatSync, lstatSync } from 'node:fs';

/**
 * Which file something was, whatever its path names by now. Device and inode are used again for the next file, and some
 * file systems of Windows have no inodes, so size and time of the last change count too.
 */
export type FileIdentity = Pick<BigIntStats, 'dev' | 'ino' | 'size' | 'mtimeNs'>;

export function identityOfOpenFile(file: number): FileIdentity {
  return identityOf(fstatSync(file, { bigint: true }));
}

/**
 * Of the file or the link that has a name.
 * @throws the system's error
 */
export function identityOfName(path: string): FileIdentity {
  return identityOf(lstatSync(path, { bigint: true }));
}

/** Whether a name is still that of a file or a link. */
export function isStill(path: string, identity: FileIdentity): boolean {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return (
    found !== undefined &&
    found.dev === identity.dev &&
    found.ino === identity.ino &&
    found.size === identity.size &&
    found.mtimeNs === identity.mtimeNs
  );
}

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): FileIdentity {
  return { dev, ino, size, mtimeNs };
}
