/** The command modes of the classic CLI: in `asm` it is at Service Management, by a certificate or as a user. */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { Job } from '../../simulator/job.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { type ClassicSubscription, classic } from './az.ts';
import { METHODS, toProduction } from './methods.ts';
import { type Check, checkClient, type SignIn } from './session.ts';

const management = await createCertificate({ commonName: 'management' });

const byCertificate: SignIn = {
  env: ({ contoso }) => {
    for (const { managementCertificates } of contoso.subscriptions.slice(0, 2)) {
      managementCertificates.push(management.certificate);
    }
    return {};
  },
  inputs: ({ contoso }) => {
    const certificate = createPfx(management, '').toString('base64');
    const own = contoso.subscriptions.slice(0, 2).map(({ id, displayName: name }) => ({ id, name, certificate }));
    return { mode: 'asm', 'publish-settings': schema2(...own), subscription: 'Production' };
  },
  account: () => ({ name: 'managementCertificate', type: 'user', objectId: '' }),
};

checkClient('classic azure, publish settings', byCertificate, (check) => {
  checkMode(check, 'asm');
  checkAccounts(check, ['Production', 'Development'], { State: 'n/a', 'Has Certificate': 'Yes' });
  checkServiceList(check);

  check('account cert export, of the current subscription, and of another one into a file', async ({ job, world }) => {
    const own = join(job.workspace, `${world.contoso.subscriptions[0].id}.pem`);
    await shown(job, 'account', 'cert', 'export');
    const other = join(job.workspace, 'development.pem');
    await shown(job, 'account', 'cert', 'export', '--subscription', 'Development', '--file', other);
    for (const file of [own, other]) {
      assertExported(file);
      rmSync(file);
    }
  });

  check('account set', async ({ job }) => {
    await shown(job, 'account', 'set', 'Development');
    const [current] = await classic(job).json<ClassicSubscription[]>('account', 'show');
    assert.equal(current?.name, 'Development');
    assert.deepEqual(await classic(job).json('service', 'list'), []);
  });
});

checkClient('classic azure, user in mode asm', toProduction(METHODS.user, { mode: 'asm' }), (check) => {
  checkMode(check, 'asm');
  checkAccounts(check, ['Production', 'Development', 'Retired'], { State: 'Enabled', 'User name': 'Ada@Contoso.com' });
  checkServiceList(check);

  check('service list, once the first token has ended', async (session) => {
    session.endTokens();
    assert.deepEqual(await classic(session.job).json('service', 'list'), []);
  });

  checkModes(check, 'arm', 'asm');
});

checkClient('classic azure, mode arm', toProduction(METHODS.secret), (check) => {
  checkMode(check, 'arm');
  checkModes(check, 'asm', 'arm');
});

function checkMode(check: Check, mode: 'arm' | 'asm'): void {
  check('config list', async ({ job }) => {
    assert.deepEqual(rows(await shown(job, 'config', 'list')), [['mode', mode]]);
    assert.deepEqual(await classic(job).json('config', 'list'), { mode });
  });
}

/** Goes to another mode and back; the last one has resource groups again, if that is `arm`. */
function checkModes(check: Check, ...modes: readonly ('arm' | 'asm')[]): void {
  check('config mode', async ({ job }) => {
    for (const mode of modes) {
      await shown(job, 'config', 'mode', mode);
      assert.deepEqual(await classic(job).json('config', 'list'), { mode });
      if (mode === 'arm') assert.equal((await classic(job).groups()).length, 2);
    }
  });
}

/** What `account list` and `account show` print for people; of the current subscription these details. */
function checkAccounts(check: Check, names: readonly string[], details: Readonly<Record<string, string>>): void {
  check('account list', async ({ job, world }) => {
    const listed = rows(await shown(job, 'account', 'list'));
    assert.deepEqual(
      listed.map(([name, id, current]) => [name, id, current]),
      world.contoso.subscriptions
        .filter(({ displayName }) => names.includes(displayName))
        .map(({ displayName, id }) => [displayName, id, String(displayName === 'Production')]),
    );
    assert.equal(listed[0]?.[3], details['State']);
  });

  check('account show', async ({ job, world }) => {
    const lines = await shown(job, 'account', 'show');
    const said = Object.fromEntries(lines.map((line) => line.split(/ *: */, 2)));
    const { id } = world.contoso.subscriptions[0];
    const expected = { Name: 'Production', ID: id, 'Is Default': 'true', Environment: 'AzureCloud', ...details };
    assert.deepEqual({ ...said, ...expected }, said);
  });
}

/** Cloud services, of which there are none: what counts is that Service Management lets the CLI in. */
function checkServiceList(check: Check): void {
  check('service list', async ({ job, world }) => {
    for (const { displayName, id } of world.contoso.subscriptions.slice(0, 2)) {
      assert.deepEqual(await classic(job).json('service', 'list', '--subscription', displayName), []);
      const [asked] = world.simulator.requestsTo('management.core.windows.net', `/${id}/services/hostedservices`);
      assert.equal(asked?.status, 200);
    }
  });
}

/** Runs a command that must succeed without a question, and returns the lines of what it says. */
async function shown(job: Job, ...args: string[]): Promise<string[]> {
  const { stdout: coloured, stderr } = await classic(job).run(...args);
  const stdout = stripVTControlCharacters(coloured);
  assert.equal(stderr, '');
  assert.match(stdout, / command OK\n/);
  assert.doesNotMatch(stdout, /\?|\by\/n\b/);
  return stdout.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length).trim()] : []));
}

/** A table without its head. */
function rows(lines: readonly string[]): string[][] {
  const head = lines.findIndex((line) => /^[- ]+$/.test(line));
  return lines.slice(head + 1).map((line) => line.split(/ {2,}/));
}

/** The PEM holds the management certificate and its key, for nobody else to read. */
function assertExported(file: string): void {
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const pem = readFileSync(file, 'utf8');
  const certificate = new X509Certificate(pem);
  assert.equal(certificate.fingerprint.replaceAll(':', ''), management.thumbprint);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)));
}
