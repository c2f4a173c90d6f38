import type { CertificateForm } from './forms.ts';

/** Shorter excerpts also match common words. */
const EXCERPT_LENGTH = 12;

/** The excerpts of the input, encoded or decoded, and the password, if the text contains them. */
export function secretsShownIn(report: string, { value, password }: Omit<CertificateForm, 'name'>): string[] {
  const decoded = Buffer.from(value, 'base64').toString('latin1');
  const words = report.replaceAll('client-certificate', '').split(/\s+/).flatMap(excerptsOf);
  const shown = words.filter((excerpt) => value.includes(excerpt) || decoded.includes(excerpt));
  return password !== '' && report.includes(password) ? [...shown, password] : shown;
}

function excerptsOf(word: string): string[] {
  const count = Math.max(0, word.length - EXCERPT_LENGTH + 1);
  return Array.from({ length: count }, (_, start) => word.slice(start, start + EXCERPT_LENGTH));
}
