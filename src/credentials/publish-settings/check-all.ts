import { SessionError } from '../../session-error.ts';
import { type CertificateCheck, checkManagementCertificate, type SendManagementRequest } from './check.ts';
import type { ImportedSubscription } from './parse.ts';
import { OTHER_COPY } from './problems.ts';
import { retirementWarning } from './warnings.ts';

/** A subscription with what the classic service said of it. */
export interface CheckedSubscription<Check extends CertificateCheck = CertificateCheck> {
  readonly subscription: ImportedSubscription;
  readonly check: Check;
}

type Refused = Extract<CertificateCheck, { outcome: 'refused' }>;
type Retired = Extract<CertificateCheck, { outcome: 'retired' }>;
type Passed = Exclude<CertificateCheck, Refused>;

/** How many connections are open at once. Each certificate needs its own. */
const AT_ONCE = 4;

/**
 * Checks the certificate of every subscription. Once the service proved unreachable the rest is not asked: they share
 * its host, and each would wait for the same silence.
 *
 * @param subscriptions all of one cloud
 * @returns one warning for all that could not be checked for the same reason
 * @throws {SessionError} that names every subscription whose certificate was refused
 */
export async function checkManagementCertificates(
  send: SendManagementRequest,
  subscriptions: readonly ImportedSubscription[],
): Promise<{ readonly checked: readonly CheckedSubscription<Passed>[]; readonly warnings: readonly string[] }> {
  const all = await checkEach(send, subscriptions);
  const refused = all.filter((each): each is CheckedSubscription<Refused> => each.check.outcome === 'refused');
  if (refused.length > 0) throw certificatesRefused(refused);
  const checked = all.filter((each): each is CheckedSubscription<Passed> => each.check.outcome !== 'refused');
  return { checked, warnings: warningsOf(checked) };
}

async function checkEach(
  send: SendManagementRequest,
  subscriptions: readonly ImportedSubscription[],
): Promise<CheckedSubscription[]> {
  const checked: CheckedSubscription[] = [];
  for (let start = 0; start < subscriptions.length; start += AT_ONCE) {
    const silence = checked.map(({ check }) => check).find(isUnreachable);
    const group = subscriptions.slice(start, start + AT_ONCE).map(async (subscription) => ({
      subscription,
      check:
        silence === undefined
          ? await checkManagementCertificate(send, subscription)
          : { ...silence, warning: retirementWarning([subscription], silence.reason) },
    }));
    checked.push(...(await Promise.all(group)));
  }
  return checked;
}

function isUnreachable(check: CertificateCheck): check is Retired {
  return check.outcome === 'retired' && check.service === 'unreachable';
}

function warningsOf(checked: readonly CheckedSubscription<Passed>[]): string[] {
  const byReason = Map.groupBy(checked, ({ check }) => (check.outcome === 'retired' ? check.reason : ''));
  byReason.delete('');
  return [...byReason].map(([reason, all]) =>
    retirementWarning(
      all.map(({ subscription }) => subscription),
      reason,
    ),
  );
}

function certificatesRefused(refused: readonly CheckedSubscription<Refused>[]): SessionError {
  const lines = refused.map(({ subscription, check }) => {
    const said = [check.message, check.code === '' ? '' : `(${check.code})`].filter((part) => part !== '').join(' ');
    return `Subscription ${subscription.id}, certificate ${subscription.certificate.thumbprint}: ${said || 'no reason given'}`;
  });
  const whose = refused.length === 1 ? 'a management certificate' : `${refused.length} management certificates`;
  return new SessionError(`The classic service refused ${whose} of the publish settings.`, {
    why: lines.join('\n'),
    next: [
      'The certificate was removed from the subscription, or belongs to another one. Remove the subscription from the file if it is not needed.',
      OTHER_COPY,
    ],
  });
}
