/** A time of day for messages, such as `02:06 UTC`: a job hardly lasts into a second day. */
export function utcTime(date: Date): string {
  return `${date.toISOString().slice(11, 16)} UTC`;
}
