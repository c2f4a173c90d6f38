/** A time of day for messages, such as `02:06 UTC`: a job hardly lasts into a second day. */
export function utcTime(date: Date): string {
  return `${date.toISOString().slice(11, 16)} UTC`;
}

/** A moment to the minute, for example `2026-03-01 09:30 UTC`. */
export function utcMinute(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
