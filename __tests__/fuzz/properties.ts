import { ANSWERS } from './answers.ts';
import { FILES } from './certificates.ts';
import { endpointProperty } from './endpoint.ts';
import { sharedFolderProperty } from './files.ts';
import type { Property } from './harness.ts';
import { INPUTS } from './inputs.ts';

export const PROPERTIES: readonly Property[] = [
  ...INPUTS,
  ...FILES,
  ...ANSWERS,
  sharedFolderProperty,
  endpointProperty,
];
