import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { createCertificate, createPfx } from '../../simulator/certificates.ts';
import type { Job } from '../../simulator/job.ts';
import { schema2 } from '../publish-settings/documents.ts';
import { azure, type ClassicSubscription, runClassic } from './classic.ts';
import { application, type Check, checkClient, type SignIn, user } from './session.ts';

/** The command modes of the classic CLI: in `asm` it is at Service Management, by a certificate or as a user. */

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

const byUser: SignIn = {
  inputs: ({ contoso }) => ({
    mode: 'asm',
    'tenant-id': contoso.tenant.id,
    username: contoso.user.userPrincipalName,
    password: contoso.password,
    subscription: 'Production',
  }),
  account: user,
};

const bySecret: SignIn = { inputs: ({ secret }) => ({ ...secret, subscription: 'Production' }), account: application };

checkClient('classic azure, publish settings', byCertificate, (check) => {
  checkConfigList(check, 'asm');
  checkAccounts(check, ['Production', 'Development'], { State: 'n/a', 'Has Certificate': 'Yes' });
  checkServiceList(check);

  check('account cert export, of the current subscription', async ({ job, world }) => {
    const file = join(job.workspace, `${world.contoso.subscriptions[0].id}.pem`);
    await shown(job, 'account', 'cert', 'export');
    assertExported(file);
    rmSync(file);
  });

  check('account cert export, of another one and into a file', async ({ job }) => {
    const file = join(job.folder, 'development.pem');
    await shown(job, 'account', 'cert', 'export', '--subscription', 'Development', '--file', file);
    assertExported(file);
  });

  check('account set', async ({ job }) => {
    await shown(job, 'account', 'set', 'Development');
    const [current] = await azure<ClassicSubscription[]>(job, 'account', 'show');
    assert.equal(current?.name, 'Development');
    assert.deepEqual(await azure(job, 'service', 'list'), []);
  });
});

checkClient('classic azure, user in mode asm', byUser, (check) => {
  checkConfigList(check, 'asm');
  checkAccounts(check, ['Production', 'Development', 'Retired'], { State: 'Enabled', 'User name': 'ada@contoso.com' });
  checkServiceList(check);

  check('service list, once the first token has ended', async (session) => {
    session.endTokens();
    assert.deepEqual(await azure(session.job, 'service', 'list'), []);
  });

  checkModes(check, 'arm', 'asm');
});

checkClient('classic azure, mode arm', bySecret, (check) => {
  checkConfigList(check, 'arm');
  checkModes(check, 'asm', 'arm');
});

function checkConfigList(check: Check, mode: 'arm' | 'asm'): void {
  check('config list', async ({ job }) => {
    const lines = await shown(job, 'config', 'list');
    assert.deepEqual(rows(lines), [['mode', mode]]);
    assert.deepEqual(await azure(job, 'config', 'list'), { mode });
  });
}

/** Goes to another mode and back; the last one has resource groups again, if that is `arm`. */
function checkModes(check: Check, ...modes: readonly ('arm' | 'asm')[]): void {
  check('config mode', async ({ job }) => {
    for (const mode of modes) {
      await shown(job, 'config', 'mode', mode);
      assert.deepEqual(await azure(job, 'config', 'list'), { mode });
      if (mode === 'arm') assert.equal((await azure<unknown[]>(job, 'group', 'list')).length, 2);
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
    for (const [name, value] of Object.entries(expected)) assert.equal(said[name], value, name);
  });
}

/** Cloud services, of which there are none: what counts is that Service Management lets the CLI in. */
function checkServiceList(check: Check): void {
  check('service list', async ({ job, world }) => {
    for (const { displayName, id } of world.contoso.subscriptions.slice(0, 2)) {
      assert.deepEqual(await azure(job, 'service', 'list', '--subscription', displayName), []);
      const [asked] = world.simulator.requestsTo('management.core.windows.net', `/${id}/services/hostedservices`);
      assert.equal(asked?.status, 200);
    }
  });
}

/** Runs a command that must succeed without a question, and returns the lines of what it says. */
async function shown(job: Job, ...args: string[]): Promise<string[]> {
  const { stdout: coloured, stderr } = await runClassic(job, ...args);
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
