import type { CertificateForm } from './forms.ts';

/** The words of a text, long enough to tell, that are part of a certificate input, and its password if it is there. */
export function secretsShownIn(report: string, { value, password }: Omit<CertificateForm, 'name'>): string[] {
  const decoded = Buffer.from(value, 'base64').toString('latin1');
  const words = report.split(/[\s"'`(),]+/).filter((word) => word.length >= 12 && !KNOWN_WORDS.has(word));
  const shown = words.filter((word) => value.includes(word) || decoded.includes(word));
  return password !== '' && report.includes(password) ? [...shown, password] : shown;
}

/** The input's own name may be a part of a path. */
const KNOWN_WORDS: ReadonlySet<string> = new Set(['client-certificate', 'certificate', 'certificates']);
