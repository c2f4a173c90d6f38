import {
  entraProperty,
  gitHubProperty,
  identityProperty,
  metadataProperty,
  signInProperty,
  tokensProperty,
} from './answers.ts';
import {
  certificateTextProperty,
  pemProperty,
  pfxProperty,
  publishSettingsProperty,
  xmlProperty,
} from './certificates.ts';
import { endpointProperty } from './endpoint.ts';
import {
  defaultsProperty,
  indexesProperty,
  iniProperty,
  proxyProperty,
  runnerProperty,
  sharedFolderProperty,
  stateProperty,
} from './files.ts';
import type { Property } from './harness.ts';
import { credsMasksProperty, credsProperty, inputsProperty, masksProperty, misplacedProperty } from './inputs.ts';

export const PROPERTIES: readonly Property[] = [
  inputsProperty,
  credsProperty,
  misplacedProperty,
  masksProperty,
  credsMasksProperty,
  pemProperty,
  pfxProperty,
  certificateTextProperty,
  publishSettingsProperty,
  xmlProperty,
  entraProperty,
  signInProperty,
  gitHubProperty,
  identityProperty,
  metadataProperty,
  tokensProperty,
  runnerProperty,
  defaultsProperty,
  iniProperty,
  indexesProperty,
  stateProperty,
  sharedFolderProperty,
  proxyProperty,
  endpointProperty,
];
