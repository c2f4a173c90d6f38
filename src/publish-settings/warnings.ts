import { momentOf } from '../certificate/refusals.ts';
import type { ImportedSubscription } from '../core/session.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const WARNING_DAYS = 30;

/** One warning for each certificate that ends within 30 days, however many subscriptions share it. */
export function expiryWarnings(subscriptions: readonly ImportedSubscription[], now: Date): string[] {
  const certificates = new Map(subscriptions.map(({ certificate }) => [certificate.thumbprint, certificate]));
  return [...certificates.values()].flatMap(({ thumbprint, notAfter }) => {
    const daysLeft = Math.floor((notAfter.getTime() - now.getTime()) / DAY_MS);
    if (daysLeft >= WARNING_DAYS) return [];
    const left = daysLeft < 1 ? 'less than a day' : daysLeft === 1 ? '1 day' : `${daysLeft} days`;
    return [
      `The management certificate with thumbprint ${thumbprint} expires on ${momentOf(notAfter)}, in ${left}. ` +
        'There are no new ones: move what it is used for to Resource Manager, for example with `auth-type: oidc`.',
    ];
  });
}

/** For a file that stays where it is after its import. The path is not quoted: the log is read by more people than the disk. */
export function keptFileWarning(): string {
  return `The publish settings file was kept. ${A_KEY} Set \`delete-publish-settings: true\` to delete it once it is imported.`;
}

/** For a file that `delete-publish-settings` was to delete. @param reason a sentence */
export function undeletedFileWarning(reason: string): string {
  return (
    `The publish settings file could not be deleted. ${reason} ${A_KEY} Delete it by hand, and let the user of the ` +
    'runner delete files in its folder.'
  );
}

/** For a path that names something else than what was read. */
export function changedFileWarning(): string {
  return (
    'The publish settings file was not deleted: it was moved, replaced or changed after it was read. Delete every copy ' +
    'of it by hand: it is a key to its subscriptions.'
  );
}

const A_KEY =
  'It is a key to its subscriptions for everybody who can read it, later steps and later jobs of this runner included.';

/** For every import: whether the classic service still answers, and takes these certificates, is not known. */
export function retirementWarning(): string {
  return (
    'Microsoft retired the classic service (Azure Service Management) on 31 August 2024. The import does not contact it, so ' +
    'it does not show whether the service still accepts the certificates: commands in asm mode may fail. Move to Resource ' +
    'Manager, for example with `auth-type: oidc`.'
  );
}
