/** Azure's clock, which may differ from this machine's. */
export class Clock {
  /** Positive if Azure's clock is ahead. */
  skewSeconds = 0;

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.skewSeconds * 1000;
  }

  /** Whole seconds since the epoch, as in tokens. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
