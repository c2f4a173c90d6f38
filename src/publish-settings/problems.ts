import { SessionError, type Step } from '../core/session-error.ts';
import type { ClassicCloud } from './parse.ts';
import type { XmlProblem } from './xml.ts';

/*
 * Every error and warning about publish settings. None quotes the file: whatever stands in it, or was put in its place,
 * may be a key. Subscriptions are therefore counted, not named, until the whole file has been understood.
 */

/** Which of the file's subscriptions an error is about, counted from 1 in the file's order. */
export interface Position {
  readonly number: number;
  readonly of: number;
}

export const STORE_AGAIN: Step = {
  say: 'Store the file once more, unchanged and whole, as a secret:',
  command: 'gh secret set AZURE_PUBLISH_SETTINGS < FILE.publishsettings',
};
export const OTHER_COPY =
  'Use another copy of the file: the page that gave new ones is gone. For new work sign in to Resource Manager instead, for example with `auth-type: oidc`.';
export const WHOLE_FILE = 'Give the whole `.publishsettings` file: its path, or its XML text from a secret.';

export function empty(): SessionError {
  return new SessionError('The publish settings are empty.', {
    why: 'The file, or the text given as `publish-settings`, has no content.',
    next: [STORE_AGAIN],
  });
}

export function tooLarge(): SessionError {
  return new SessionError('The publish settings are larger than 1 MB.', {
    why: 'A publish settings file has about 4 KB for each subscription, so this is something else. It was not read.',
    next: [WHOLE_FILE],
  });
}

export function unknownEncoding(): SessionError {
  return new SessionError('The publish settings are not text in UTF-8 or UTF-16.', {
    why: 'The file is binary, was cut within a character, or was saved in an old encoding of one language.',
    next: ['Save the file as UTF-8, or use the file as it was downloaded.', OTHER_COPY],
  });
}

export function unreadableXml(problem: XmlProblem): SessionError {
  return XML_ERRORS[problem]();
}

const NO_DOCTYPE =
  'Remove the declaration (`<!DOCTYPE …>`). If you did not put it there, do not use this file: somebody changed it.';

const XML_ERRORS: Readonly<Record<XmlProblem, () => SessionError>> = {
  malformed: () =>
    new SessionError('The publish settings are not well-formed XML.', {
      why: 'The text was cut off or changed, or it is no XML at all.',
      next: [STORE_AGAIN, OTHER_COPY],
    }),
  'document-type': () =>
    new SessionError('The publish settings declare a document type.', {
      why: 'Such a declaration can make a reader load files or use up its memory, and publish settings never have one.',
      next: [NO_DOCTYPE],
    }),
  'external-entity': () =>
    new SessionError('The publish settings refer to something outside of the file.', {
      why: 'Their document type names an external file or address. Nothing was loaded from there: publish settings never need that.',
      next: [NO_DOCTYPE],
    }),
  entities: () =>
    new SessionError('The publish settings declare entities of their own.', {
      why: 'Entities can expand to more text than any memory holds, and publish settings never declare any. Nothing was expanded.',
      next: [NO_DOCTYPE],
    }),
  'too-large': tooLarge,
  'too-deep': () =>
    new SessionError('The publish settings are nested too deeply.', {
      why: 'Publish settings have three levels of elements. Reading stopped at sixteen.',
      next: [WHOLE_FILE],
    }),
  'too-many-elements': () =>
    new SessionError('The publish settings have too many elements.', {
      why: 'Publish settings have one element for each subscription. Reading stopped at ten thousand.',
      next: [WHOLE_FILE],
    }),
};

export function webAppPublishProfile(): SessionError {
  return new SessionError('This is the publish profile of a web app, not a publish settings file of a subscription.', {
    why: 'It has the user name and password to deploy to that one app, and no management certificate: nobody can sign in to a subscription with it.',
    next: [
      'To deploy to the app, give this file to its own action: `azure/webapps-deploy`, input `publish-profile`.',
      'To sign in to the subscription, use another `auth-type`, for example `oidc`.',
    ],
  });
}

export function otherDocument(): SessionError {
  return new SessionError('This XML is not a publish settings file.', {
    why: 'Publish settings are a `PublishData` element with a `PublishProfile` in it.',
    next: [WHOLE_FILE],
  });
}

export function noSubscription(): SessionError {
  return new SessionError('The publish settings name no subscription.', {
    why: 'Their `PublishProfile` holds no `Subscription` element, so there is nothing to sign in to.',
    next: [STORE_AGAIN, OTHER_COPY],
  });
}

export function tooManySubscriptions(most: number): SessionError {
  return new SessionError(`The publish settings name more than ${most} subscriptions.`, {
    why: 'Each certificate has to be opened and checked, which would take too long.',
    next: ['Split the file, and import each part in a step of its own with the same `config-dir`.'],
  });
}

export function noSubscriptionId(position: Position): SessionError {
  return new SessionError(`${theSubscription(position)} has no id.`, {
    why: 'Its element has no `Id` attribute, or an empty one.',
    next: [STORE_AGAIN, OTHER_COPY],
  });
}

export function malformedSubscriptionId(position: Position): SessionError {
  return new SessionError(`${theSubscription(position)} has an id that is not a GUID.`, {
    why: 'A subscription id looks like 00000000-0000-0000-0000-000000000000.',
    next: [STORE_AGAIN, OTHER_COPY],
  });
}

export function contradictorySubscription(position: Position): SessionError {
  return new SessionError(`${theSubscription(position)} is there twice, with different certificates.`, {
    why: 'An earlier element has the same `Id`, so it is not clear which certificate is meant.',
    next: ['Remove the element with the older certificate.'],
  });
}

export function noEndpoint(position: Position): SessionError {
  return new SessionError(`${theSubscription(position)} has no management endpoint.`, {
    why: 'Neither its `ServiceManagementUrl` nor the `Url` of its `PublishProfile` says which cloud it is in.',
    next: [STORE_AGAIN, OTHER_COPY],
  });
}

export function insecureEndpoint(position: Position): SessionError {
  return new SessionError(`${theSubscription(position)} has a management endpoint without TLS.`, {
    why: 'Its address begins with `http:`. A management certificate proves itself only over https. Nothing was sent.',
    next: ['If you did not write `http:` there, do not use this file: somebody changed it.', OTHER_COPY],
  });
}

export function unknownEndpoint(position: Position, clouds: readonly ClassicCloud[]): SessionError {
  const known = clouds.map((cloud) => cloud.serviceManagement).filter((url) => url !== '');
  return new SessionError(`${theSubscription(position)} has an unknown management endpoint.`, {
    why: `A management certificate is used at the classic endpoints of Azure's clouds alone: ${known.join(', ')}. Nothing was sent.`,
    next: ['If you did not write the address yourself, do not use this file: somebody changed it.', OTHER_COPY],
  });
}

export function severalClouds(names: readonly string[]): SessionError {
  return new SessionError('The publish settings mix several clouds.', {
    why: `Their management endpoints are those of ${names.join(' and ')}, and one profile folder holds one cloud.`,
    next: ['Split the file by cloud, and import each part in a step of its own.'],
  });
}

export function noCertificate(position: Position): SessionError {
  return new SessionError(`${theSubscription(position)} has no management certificate.`, {
    why: 'Neither its own element nor its `PublishProfile` has a `ManagementCertificate`, and without its key nobody can sign in.',
    next: [STORE_AGAIN, OTHER_COPY],
  });
}

export function certificateNotBase64(position: Position): SessionError {
  return new SessionError(`${certificateOf(position)} is not base64.`, {
    why: '`ManagementCertificate` holds other characters than those of base64 and white space.',
    next: [STORE_AGAIN, OTHER_COPY],
  });
}

/** A certificate as the subject of a sentence. */
export function certificateOf({ number, of }: Position): string {
  const owner = of === 1 ? 'the publish settings' : `subscription ${number} of ${of} in the publish settings`;
  return `The management certificate of ${owner}`;
}

function theSubscription({ number, of }: Position): string {
  return of === 1
    ? 'The subscription of the publish settings'
    : `Subscription ${number} of ${of} in the publish settings`;
}
