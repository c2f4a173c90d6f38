import { errorFactory, type SessionError } from '../core/session-error.ts';
import { type CertificateFault, type CertificateHolder, certificateError } from './certificate.ts';
import { CHECK_PATH, LET_READ, type NamedFile } from './files.ts';
import { COMPARE_CLOCK } from './steps.ts';

/*
 * Errors and warnings about publish settings. None quotes the file: whatever is in it may be a key. So subscriptions are
 * counted, not named, until the whole file has been understood.
 */

/** Which of the file's subscriptions an error is about, counted from 1 in the file's order. */
export interface Position {
  readonly number: number;
  readonly of: number;
}

const STORE_AGAIN = [
  'Store the file once more, unchanged and whole, as a secret:',
  '$ gh secret set AZURE_PUBLISH_SETTINGS < FILE.publishsettings',
];
const OTHER_COPY =
  'Use another copy of the file: the page that gave new ones is gone. For new work sign in to Resource Manager instead, for example with `auth-type: oidc`.';
const RESTORE = [...STORE_AGAIN, OTHER_COPY];
const WHOLE_FILE = 'Give the whole `.publishsettings` file: its path, or its XML text from a secret.';
const SOMEONE_CHANGED = 'If you did not write that yourself, do not use this file: someone changed it.';

export const settingsError = errorFactory({
  neitherPathNorText: () => [
    '`publish-settings` is neither a path nor the text of a publish settings file.',
    'The text of such a file begins with `<`, and a path is one short line. GitHub leaves a secret empty if the job has no access to it.',
    WHOLE_FILE,
    ...STORE_AGAIN,
  ],
  empty: () => [
    'The publish settings are empty.',
    'The file, or the text given as `publish-settings`, has no content.',
    ...STORE_AGAIN,
  ],
  tooLarge: () => [
    'The publish settings are too large.',
    'A publish settings file has about 4 KB and one element for each subscription, in three levels. Reading stopped at 1 MB, ten thousand elements or sixteen levels.',
    WHOLE_FILE,
  ],
  unknownEncoding: () => [
    'The publish settings are not text in UTF-8 or UTF-16.',
    'The file is binary, was cut off within a character, or was saved in an old encoding.',
    'Save the file as UTF-8, or use the file as it was downloaded.',
    OTHER_COPY,
  ],
  malformed: () => [
    'The publish settings are not well-formed XML.',
    'The text was cut off or changed, or it is not XML.',
    ...RESTORE,
  ],
  documentType: () => [
    'The publish settings declare a document type.',
    'Such a declaration can make a reader load files or use up its memory, and publish settings never have one. Nothing was loaded or expanded.',
    'Remove the declaration (`<!DOCTYPE …>`).',
    SOMEONE_CHANGED,
  ],
  webAppPublishProfile: () => [
    'This is the publish profile of a web app, not a publish settings file of a subscription.',
    'It has the user name and password to deploy to that one app, and no management certificate: nobody can sign in to a subscription with it.',
    'To deploy to the app, give this file to its own action: `azure/webapps-deploy`, input `publish-profile`.',
    'To sign in to the subscription, use another `auth-type`, for example `oidc`.',
  ],
  otherDocument: () => [
    'This XML is not a publish settings file.',
    'Publish settings are a `PublishData` element with a `PublishProfile` in it.',
    WHOLE_FILE,
  ],
  noSubscription: () => [
    'The publish settings name no subscription.',
    'Their `PublishProfile` holds no `Subscription` element, so there is nothing to sign in to.',
    ...RESTORE,
  ],
  tooManySubscriptions: (most: number) => [
    `The publish settings name more than ${most} subscriptions.`,
    'The action opens and checks each certificate, which would take too long.',
    'Split the file, and import each part in a step of its own with the same `config-dir`.',
  ],
  noSubscriptionId: (position: Position) => [
    `${subscriptionAt(position)} has no id that is a GUID.`,
    'Its `Id` must look like 00000000-0000-0000-0000-000000000000.',
    ...RESTORE,
  ],
  contradictorySubscription: (position: Position) => [
    `${subscriptionAt(position)} is there twice, with different certificates.`,
    'An earlier element has the same `Id`, so it is not clear which certificate is meant.',
    'Remove the element with the older certificate.',
  ],
  noEndpoint: (position: Position) => [
    `${subscriptionAt(position)} has no management endpoint.`,
    'Neither its `ServiceManagementUrl` nor the `Url` of its `PublishProfile` says which cloud it is in.',
    ...RESTORE,
  ],
  insecureEndpoint: (position: Position) => [
    `${subscriptionAt(position)} has a management endpoint without TLS.`,
    'Its address begins with `http:`. A management certificate can be used only over https. Nothing was sent.',
    SOMEONE_CHANGED,
    OTHER_COPY,
  ],
  unknownEndpoint: (position: Position, known: readonly string[]) => [
    `${subscriptionAt(position)} has an unknown management endpoint.`,
    `A management certificate is used only at the classic endpoints of Azure's clouds: ${known.join(', ')}. Nothing was sent.`,
    SOMEONE_CHANGED,
    OTHER_COPY,
  ],
  severalClouds: (names: readonly string[]) => [
    'The publish settings mix several clouds.',
    `Their management endpoints are those of ${names.join(' and ')}, and one profile folder holds one cloud.`,
    'Split the file by cloud, and import each part in a step of its own.',
  ],
  otherCloud: (found: string, wanted: string) => [
    `The publish settings file belongs to ${found}, not to ${wanted}.`,
    'Its management endpoints are those of the other cloud.',
    'Name the cloud of the file:',
    `| environment: ${found}`,
  ],
  /** `shown`: the subscriptions of the file, a line each, fit to be shown. */
  notInFile: (wanted: string, shown: readonly string[]) => [
    `The publish settings file holds no subscription "${wanted}".`,
    ['It holds:', ...shown].join('\n'),
    'Give the name or the id of one of these in `subscription`, or the file that has the one you mean.',
  ],
  noCertificate: (position: Position) => [
    `${subscriptionAt(position)} has no management certificate.`,
    'Neither its own element nor its `PublishProfile` has a `ManagementCertificate`, and without its key nobody can sign in.',
    ...RESTORE,
  ],
});

function subscriptionAt({ number, of }: Position): string {
  return of === 1
    ? 'The subscription of the publish settings'
    : `Subscription ${number} of ${of} in the publish settings`;
}

/** For the certificate of one subscription. */
export function managementCertificateError(error: CertificateFault, { number, of }: Position): SessionError {
  const owner = of === 1 ? 'the publish settings' : `subscription ${number} of ${of} in the publish settings`;
  return certificateError(error, { ...MANAGEMENT_CERTIFICATE, name: `The management certificate of ${owner}` });
}

const MANAGEMENT_CERTIFICATE: Omit<CertificateHolder, 'name'> = {
  passwordRefused: 'The certificate in publish settings has an empty password or none. Neither opens this one.',
  steps: {
    'store whole': RESTORE,
    'correct password': ['If you made the file yourself, export the PKCS#12 without a password.', ...STORE_AGAIN],
    'choose one': ['Leave only the one that is a management certificate of the subscription.'],
    renew: [OTHER_COPY, ...COMPARE_CLOCK],
    'set clock': [...COMPARE_CLOCK, OTHER_COPY],
  },
  otherwise: [OTHER_COPY],
};

/** The file that `publish-settings` names. */
export const SETTINGS_FILE: NamedFile = {
  subject: 'The publish settings file that `publish-settings` names',
  whyAbsent:
    'The value does not begin with `<`, as XML does, so it is taken for a path. There is no file at it when this step runs.',
  largest: '1 MB',
  usualSize: 'A publish settings file has about 4 KB for each subscription',
  access: LET_READ,
  steps: [CHECK_PATH, WHOLE_FILE],
};

const A_KEY =
  'It is a key to its subscriptions for everybody who can read it, later steps and later jobs of this runner included.';

/** No path is quoted: more people read the log than the disk. */
export const SETTINGS_WARNINGS = {
  /** For every import: whether the classic service still answers, and takes these certificates, is not known. */
  retired:
    'Microsoft retired the classic service (Azure Service Management) on 31 August 2024. The import does not contact it, so it does not show whether the service still accepts the certificates: commands in asm mode may fail. Move to Resource Manager, for example with `auth-type: oidc`.',
  kept: `The publish settings file was kept. ${A_KEY} Set \`delete-publish-settings: true\` to delete it once it is imported.`,
  changed:
    'The publish settings file was not deleted: it was moved, replaced or changed after it was read. Delete every copy of it by hand: it is a key to its subscriptions.',
  /** @param reason a sentence */
  undeleted: (reason: string): string =>
    `The publish settings file could not be deleted. ${reason} ${A_KEY} Delete it by hand, and let the user of the runner delete files in its folder.`,
} as const;
