import type { KeyObject, X509Certificate } from 'node:crypto';

/** What a PEM or PFX file held, in the file's order. Nothing is checked yet. */
export interface Bundle {
  readonly certificates: readonly X509Certificate[];
  readonly privateKeys: readonly KeyObject[];
}
