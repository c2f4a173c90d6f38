import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { JAVA, JAVA_CLASS, JAVA_FOLDER } from '../../scripts/clients/clients.ts';
import { METADATA_ADDRESS } from '../../scripts/clients/fence.ts';
import type { World } from '../action/world.ts';
import type { Command } from './open-process.ts';

/** Java reads neither the proxy variables nor those of a certificate authority. */
export function java(world: World): Command {
  const properties = {
    'javax.net.ssl.trustStore': trustStore(world),
    'javax.net.ssl.trustStorePassword': STORE_PASSWORD,
    'https.proxyHost': '127.0.0.1',
    'https.proxyPort': String(world.simulator.proxyPort),
    'http.nonProxyHosts': `127.0.0.1|localhost|${METADATA_ADDRESS}`,
    'org.slf4j.simpleLogger.defaultLogLevel': 'off',
  };
  const classes = `${dirname(JAVA_CLASS)}:${join(JAVA_FOLDER, 'lib', '*')}`;
  return [
    JAVA,
    // For a short life.
    ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
    ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
    ...['-cp', classes, 'OpenProcess'],
  ];
}

const STORE_PASSWORD = 'changeit';

/** @returns a store with the simulator's certificate authority */
function trustStore(world: World): string {
  const file = join(world.simulator.folder, 'java.p12');
  if (existsSync(file)) return file;
  const store = ['-keystore', file, '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD];
  const certificate = ['-alias', 'simulator', '-file', world.simulator.caFile];
  execFileSync('keytool', ['-importcert', '-noprompt', ...certificate, ...store], { stdio: 'pipe' });
  return file;
}
