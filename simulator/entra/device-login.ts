import { randomBytes, randomInt } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { errors } from './errors.ts';

interface DeviceFlow {
  readonly userCode: string;
  readonly deviceCode: string;
  readonly clientId: string;
  readonly scope: string;
  readonly startedOn: number;
  intervalSeconds: number;
  state: 'pending' | 'approved' | 'declined' | 'used';
  userPrincipalName: string;
  polls: number;
  lastPolledOn: number;
}

/** The page where a user enters a device code; the test plays the user. Source: RFC 8628. */
export class DeviceLogin {
  /** Between the polls of a new flow. */
  intervalSeconds = 5;
  lifetimeSeconds = 900;
  /** Signs this user in after this number of polls. */
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

  /** The user has signed in, with multifactor authentication. */
  approve(userCode: string, userPrincipalName: string): void {
    Object.assign(this.#find(userCode), { state: 'approved', userPrincipalName });
  }

  decline(userCode: string): void {
    Object.assign(this.#find(userCode), { state: 'declined' });
  }

  #find(userCode: string): Partial<DeviceFlow> {
    return this.flows.find((flow) => flow.userCode === userCode) ?? {};
  }

  /**
   * @returns the approved flow, once
   * @throws {EntraError} in every other state
   */
  poll(deviceCode: string, clientId: string): DeviceFlow {
    const flow = this.flows.find((candidate) => candidate.deviceCode === deviceCode && candidate.clientId === clientId);
    if (flow === undefined || flow.state === 'used') throw errors.unknownDeviceCode();
    const now = this.#clock.now();
    if (now - flow.startedOn >= this.lifetimeSeconds * 1000) throw errors.expiredDeviceCode();
    if (flow.state === 'declined') throw errors.authorizationDeclined();
    this.#count(flow, now);
    if (flow.state === 'pending') throw errors.authorizationPending();
    flow.state = 'used';
    return flow;
  }

  #count(flow: DeviceFlow, now: number): void {
    // Tolerates a tenth of the interval, since the timers of clients are not exact.
    const isEarly = flow.lastPolledOn > 0 && now - flow.lastPolledOn < flow.intervalSeconds * 900;
    flow.lastPolledOn = now;
    if (isEarly) {
      flow.intervalSeconds += 5;
      throw errors.slowDown();
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
