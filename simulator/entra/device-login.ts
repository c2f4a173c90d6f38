import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { refuse } from './refusals.ts';

export interface DeviceFlow {
  readonly userCode: string;
  readonly deviceCode: string;
  readonly clientId: string;
  readonly scope: string;
  readonly startedOn: number;
  /** Seconds that the client must leave between two polls. */
  intervalSeconds: number;
  state: 'pending' | 'approved' | 'declined' | 'used';
  userPrincipalName: string;
  polls: number;
  lastPolledOn: number;
}

/** The page where a user enters the code that a device shows, played by the test. RFC 8628. */
export class DeviceLogin {
  /** Seconds that new flows ask clients to leave between polls. */
  intervalSeconds = 5;
  /** Seconds that a new code lives. */
  lifetimeSeconds = 900;
  /** Signs this user in by itself once a flow was polled so often. */
  automatic: { userPrincipalName: string; afterPolls: number } | undefined;
  readonly flows: DeviceFlow[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  start(clientId: string, scope: string): DeviceFlow {
    const flow: DeviceFlow = {
      userCode: userCode(),
      deviceCode: `GAB${randomBytes(60).toString('base64url')}`,
      clientId,
      scope,
      startedOn: this.#clock.now(),
      intervalSeconds: this.intervalSeconds,
      state: 'pending',
      userPrincipalName: '',
      polls: 0,
      lastPolledOn: 0,
    };
    this.flows.push(flow);
    return flow;
  }

  /** The user entered the code and signed in, with all that the tenant asks for. */
  approve(userCode: string, userPrincipalName: string): void {
    const flow = this.flows.find((candidate) => candidate.userCode === userCode);
    if (flow !== undefined) Object.assign(flow, { state: 'approved', userPrincipalName });
  }

  decline(userCode: string): void {
    const flow = this.flows.find((candidate) => candidate.userCode === userCode);
    if (flow !== undefined) flow.state = 'declined';
  }

  /**
   * A client's poll.
   *
   * @returns the approved flow, once
   * @throws {Refusal} for every other state
   */
  poll(deviceCode: string, clientId: string): DeviceFlow {
    const flow = this.flows.find((candidate) => candidate.deviceCode === deviceCode && candidate.clientId === clientId);
    if (flow === undefined || flow.state === 'used') throw refuse.unknownDeviceCode();
    const now = this.#clock.now();
    if (now - flow.startedOn >= this.lifetimeSeconds * 1000) throw refuse.expiredDeviceCode();
    if (flow.state === 'declined') throw refuse.authorizationDeclined();
    this.#count(flow, now);
    if (flow.state === 'pending') throw refuse.authorizationPending();
    flow.state = 'used';
    return flow;
  }

  #count(flow: DeviceFlow, now: number): void {
    // A tenth of the interval is forgiven: clients' timers are not exact.
    const isEarly = flow.lastPolledOn > 0 && now - flow.lastPolledOn < flow.intervalSeconds * 900;
    flow.lastPolledOn = now;
    if (isEarly) {
      flow.intervalSeconds += 5;
      throw refuse.slowDown();
    }
    flow.polls += 1;
    const { automatic } = this;
    if (automatic !== undefined && flow.state === 'pending' && flow.polls > automatic.afterPolls) {
      this.approve(flow.userCode, automatic.userPrincipalName);
    }
  }
}

function userCode(): string {
  const letters = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  return Array.from({ length: 9 }, () => letters[randomInt(letters.length)]).join('');
}
