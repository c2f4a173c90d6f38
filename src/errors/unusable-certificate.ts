import type { CertificateReasons } from './certificate.ts';

export type CertificateReason = keyof CertificateReasons;

/**
 * Thrown by whatever reads or checks a certificate. What catches it knows the input, and loads the text. It has no
 * `cause`: what OpenSSL or a parser says may quote the input.
 */
export class UnusableCertificate extends Error {
  override readonly name = 'UnusableCertificate';
  readonly reason: CertificateReason;
  /** What the text of the reason names. */
  readonly about: readonly unknown[];

  constructor(reason: CertificateReason, about: readonly unknown[]) {
    super(reason);
    this.reason = reason;
    this.about = about;
  }
}

export function unusable<Name extends CertificateReason>(
  reason: Name,
  ...about: Parameters<CertificateReasons[Name]>
): UnusableCertificate {
  return new UnusableCertificate(reason, about);
}
