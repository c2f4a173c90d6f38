import { errorFactory, type SessionError } from '../core/session-error.ts';
import { type CertificateFault, type CertificateSource, certificateError } from './certificate.ts';
import { CHECK_PATH, LET_READ, type NamedFile } from './files.ts';
import { COMPARE_CLOCK } from './steps.ts';

/*
 * Errors and warnings about publish settings. None quotes the file: anything in it may be a key. So errors identify a
 * subscription by its number until the whole file is parsed.
 */

/** The position of a subscription in the file, counted from 1. */
export interface Position {
  readonly number: number;
  readonly of: number;
}

const STORE_AGAIN = [
  'Store the complete, unchanged file as the secret again:',
  '$ gh secret set AZURE_PUBLISH_SETTINGS < FILE.publishsettings',
];
const OTHER_COPY =
  'Use another copy of the file: the page that issued new ones no longer exists. For new work, sign in to Resource Manager instead, for example with `auth-type: oidc`.';
const RESTORE = [...STORE_AGAIN, OTHER_COPY];
const WHOLE_FILE =
  'Set `publish-settings` to the path of the complete `.publishsettings` file, or to its XML text from a secret.';
const SOMEONE_CHANGED = 'If you did not edit the file yourself, do not use it: someone tampered with it.';

export const settingsError = errorFactory({
  neitherPathNorText: () => [
    '`publish-settings` is neither a path nor the text of a publish settings file.',
    'The text of such a file begins with `<`, and a path is one short line. GitHub leaves a secret empty if the job has no access to it.',
    WHOLE_FILE,
    ...STORE_AGAIN,
  ],
  empty: () => [
    'The publish settings are empty.',
    'The file or the text in `publish-settings` has no content.',
    ...STORE_AGAIN,
  ],
  tooLarge: () => [
    'The publish settings are too large.',
    'A publish settings file has about 4 KB and one element for each subscription, in three levels. The action stops reading at 1 MB, ten thousand elements or sixteen levels.',
    WHOLE_FILE,
  ],
  unknownEncoding: () => [
    'The publish settings are not text in UTF-8 or UTF-16.',
    'The file is binary, is truncated within a character, or has a legacy encoding.',
    'Save the file as UTF-8, or use the file as it was downloaded.',
    OTHER_COPY,
  ],
  malformed: () => [
    'The publish settings are not well-formed XML.',
    'The text is truncated or changed, or it is not XML.',
    ...RESTORE,
  ],
  documentType: () => [
    'The publish settings declare a document type.',
    'Such a declaration can make a parser load files or exhaust its memory, and publish settings never have one. The action did not load or expand anything.',
    'Remove the declaration (`<!DOCTYPE …>`).',
    SOMEONE_CHANGED,
  ],
  webAppPublishProfile: () => [
    'This is the publish profile of a web app, not a publish settings file of a subscription.',
    'It contains the user name and password for deploying to that one app, but no management certificate for signing in to a subscription.',
    'To deploy to the app, pass this file to the action `azure/webapps-deploy` in its input `publish-profile`.',
    'To sign in to the subscription, use another `auth-type`, for example `oidc`.',
  ],
  otherDocument: () => [
    'This XML is not a publish settings file.',
    'Publish settings are a `PublishData` element with a `PublishProfile` in it.',
    WHOLE_FILE,
  ],
  noSubscription: () => [
    'The publish settings contain no subscription.',
    'Their `PublishProfile` has no `Subscription` element, so there is nothing to sign in to.',
    ...RESTORE,
  ],
  tooManySubscriptions: (most: number) => [
    `The publish settings contain more than ${most} subscriptions.`,
    'The action opens and checks each certificate, which would take too long.',
    'Split the file, and import each part in a separate step with the same `config-dir`.',
  ],
  noSubscriptionId: (position: Position) => [
    `${subscriptionAt(position)} has no valid id.`,
    'Its `Id` must be a GUID like 00000000-0000-0000-0000-000000000000.',
    ...RESTORE,
  ],
  contradictorySubscription: (position: Position) => [
    `${subscriptionAt(position)} appears twice, with different certificates.`,
    'An earlier element has the same `Id`, so it is unclear which certificate to use.',
    'Remove the element with the older certificate.',
  ],
  noEndpoint: (position: Position) => [
    `${subscriptionAt(position)} has no management endpoint.`,
    'Neither its `ServiceManagementUrl` nor the `Url` of its `PublishProfile` identifies its cloud.',
    ...RESTORE,
  ],
  insecureEndpoint: (position: Position) => [
    `${subscriptionAt(position)} has a management endpoint without TLS.`,
    'Its address begins with `http:`. A management certificate can be used only over https. The action sent nothing.',
    SOMEONE_CHANGED,
    OTHER_COPY,
  ],
  unknownEndpoint: (position: Position, known: readonly string[]) => [
    `${subscriptionAt(position)} has an unknown management endpoint.`,
    `A management certificate is used only at the classic endpoints of Azure's clouds: ${known.join(', ')}. The action sent nothing.`,
    SOMEONE_CHANGED,
    OTHER_COPY,
  ],
  severalClouds: (names: readonly string[]) => [
    'The publish settings contain several clouds.',
    `Their management endpoints belong to ${names.join(' and ')}, but a profile folder can contain only one cloud.`,
    'Split the file by cloud, and import each part in a separate step.',
  ],
  otherCloud: (actual: string, requested: string) => [
    `The publish settings file belongs to ${actual}, not to ${requested}.`,
    `Its management endpoints are in ${actual}.`,
    'Set `environment` to the cloud of the file:',
    `| environment: ${actual}`,
  ],
  /** @param present the subscriptions of the file, a line each, safe to show */
  notInFile: (requested: string, present: readonly string[]) => [
    `The publish settings file contains no subscription "${requested}".`,
    ['It contains:', ...present].join('\n'),
    'Set `subscription` to the name or the id of one of these, or use the file that contains the one you mean.',
  ],
  noCertificate: (position: Position) => [
    `${subscriptionAt(position)} has no management certificate.`,
    'Neither its own element nor its `PublishProfile` has a `ManagementCertificate`, and signing in requires its key.',
    ...RESTORE,
  ],
});

function subscriptionAt({ number, of }: Position): string {
  return of === 1
    ? 'The subscription of the publish settings'
    : `Subscription ${number} of ${of} in the publish settings`;
}

export function managementCertificateError(error: CertificateFault, { number, of }: Position): SessionError {
  const owner = of === 1 ? 'the publish settings' : `subscription ${number} of ${of} in the publish settings`;
  return certificateError(error, { ...MANAGEMENT_CERTIFICATE, name: `The management certificate of ${owner}` });
}

const MANAGEMENT_CERTIFICATE: Omit<CertificateSource, 'name'> = {
  passwordRefused: 'A certificate in publish settings has an empty password or no password. Neither opens this one.',
  steps: {
    'store whole': RESTORE,
    'correct password': ['If you created the file yourself, export the PKCS#12 without a password.', ...STORE_AGAIN],
    'choose one': ['Keep only the certificate that is a management certificate of the subscription.'],
    renew: [OTHER_COPY, ...COMPARE_CLOCK],
    'set clock': [...COMPARE_CLOCK, OTHER_COPY],
  },
  otherwise: [OTHER_COPY],
};

export const SETTINGS_FILE: NamedFile = {
  subject: 'The publish settings file that `publish-settings` names',
  whyAbsent:
    'The value does not begin with `<`, as XML does, so the action treats it as a path. No file exists there when this step runs.',
  largest: '1 MB',
  usualSize: 'A publish settings file has about 4 KB for each subscription',
  access: LET_READ,
  steps: [CHECK_PATH, WHOLE_FILE],
};

const A_KEY =
  'It gives access to its subscriptions to everyone who can read it, including later steps and later jobs of this runner.';

/** No warning quotes a path: more people can read the log than the disk. */
export const SETTINGS_WARNINGS = {
  /** Shown for every import, which never contacts the classic service. */
  retired:
    'Microsoft retired the classic service (Azure Service Management) on 31 August 2024. The import does not contact the service, so it does not show whether the service still accepts the certificates: commands in asm mode may fail. Move to Resource Manager, for example with `auth-type: oidc`.',
  kept: `The action kept the publish settings file. ${A_KEY} Set \`delete-publish-settings: true\` to delete it after the import.`,
  changed:
    'The publish settings file was not deleted: it was moved, replaced or changed after it was read. Delete every copy of it manually: it gives access to its subscriptions.',
  /** @param reason a sentence */
  undeleted: (reason: string): string =>
    `The publish settings file could not be deleted. ${reason} ${A_KEY} Delete it manually, and let the runner's user delete files in its folder.`,
} as const;
