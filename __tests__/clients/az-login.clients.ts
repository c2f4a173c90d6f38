import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../action/world.ts';
import { type AzVersion, asApplication, bySecret, compareLogins, ofUser } from './az-login.ts';
import { enterDeviceCode } from './methods.ts';

function byCertificate(world: World, az: AzVersion, ...args: string[]): string[] {
  const file = join(world.job.home, 'credential.pem');
  writeFileSync(file, world.certificate['client-certificate'] ?? '');
  return asApplication(world, az === 'az 2.45' ? '--password' : '--certificate', file, ...args);
}

/** The id of the world's tenant. */
const TENANT = '11111111-1111-4111-8111-111111111111';

compareLogins([
  bySecret('client secret', {}),
  {
    title: 'client certificate',
    inputs: (world) => world.certificate,
    login: (world, az) => byCertificate(world, az),
  },
  {
    title: 'client certificate with its chain',
    inputs: (world) => ({ ...world.certificate, 'send-certificate-chain': 'true' }),
    login: (world, az) => byCertificate(world, az, '--use-cert-sn-issuer'),
  },
  {
    title: 'OpenID Connect',
    inputs: (world) => world.identity,
    login: async (world) =>
      asApplication(world, '--federated-token', await world.simulator.github.idToken('api://AzureADTokenExchange')),
  },
  ofUser('password', { inputs: { 'tenant-id': TENANT }, args: ['--tenant', TENANT] }),
  {
    title: 'device code',
    prepare: enterDeviceCode,
    inputs: () => ({ 'auth-type': 'device-code', 'tenant-id': TENANT }),
    login: () => ['--use-device-code', '--tenant', TENANT],
  },
  {
    title: 'system-assigned managed identity',
    machine: true,
    inputs: () => ({ 'auth-type': 'managed-identity' }),
    login: () => ['--identity'],
  },
  {
    title: 'user-assigned managed identity',
    machine: true,
    inputs: ({ contoso }) => ({ 'auth-type': 'managed-identity', 'client-id': contoso.userIdentity.clientId }),
    login: ({ contoso: { userIdentity } }, az) => [
      '--identity',
      az === 'az 2.45' ? '--username' : '--client-id',
      userIdentity.clientId,
    ],
  },
]);
