import type { Step } from '../core/session-error.ts';

/* Steps of remediation that several tables share. */

export const COMPARE_CLOCK: Step = {
  say: 'On a self-hosted runner, compare its clock with the true time, and set it if it is wrong:',
  command: 'date -u',
};
