/** Azure's clock, which may differ from this machine's. */
export class Clock {
  /** Ahead of this machine's if positive. */
  skewSeconds = 0;

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.skewSeconds * 1000;
  }

  /** Whole seconds since the epoch, as tokens count. */
  seconds(): number {
    return Math.floor(this.now() / 1000);
  }
}
