import { endpointProperty } from './endpoint.ts';
import { FILES } from './files.ts';
import type { Property } from './harness.ts';
import { INPUTS } from './inputs.ts';
import { RESPONSES } from './responses.ts';

export const PROPERTIES: readonly Property[] = [...INPUTS, ...FILES, ...RESPONSES, endpointProperty];
