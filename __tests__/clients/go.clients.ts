/**
 * What Go programs make of the exported variables: Terraform's providers, by the library that they share, and azidentity.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { AZ_NEWEST, GO_ARM, GO_IDENTITY } from '../../scripts/clients/clients.ts';
import { isFenced, METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import { OPEN_PROGRAMS, OpenProcess } from './open-process.ts';
import { application, checkClient, claimsOf, type Session, type SignIn, user } from './session.ts';
import { pod } from './workload-identity.clients.ts';
