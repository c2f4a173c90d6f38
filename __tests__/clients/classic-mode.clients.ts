/** The command modes of the classic CLI. In `asm` it uses Service Management, with a certificate or as a user. */
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
import { type Check, checkClient, expireTokens, type SignIn } from './session.ts';

const management = await createCertificate({ commonName: 'management' });

const byCertificate: SignIn = {
  inputs: ({ contoso }) => {
    const certificate = createPfx(management, '').toString('base64');
    const both = contoso.subscriptions.slice(0, 2);
    for (const { managementCertificates } of both) managementCertificates.push(management.certificate);
    const all = both.map(({ id, displayName: name }) => ({ id, name, certificate }));
    return { mode: 'asm', 'publish-settings': schema2(...all), subscription: 'Production' };
  },
  account: () => ({ name: 'managementCertificate', type: 'user', objectId: '' }),
};

checkClient('classic azure, publish settings', byCertificate, (check) => {
  checkModes(check, 'asm');
  checkAccounts(check, ['Production', 'Development'], { State: 'n/a', 'Has Certificate': 'Yes' });
  checkServiceList(check);

  check('account cert export, for the current subscription and for another one', async ({ job, world }) => {
    const current = join(job.workspace, `${world.contoso.subscriptions[0].id}.pem`);
    await run(job, 'account', 'cert', 'export');
    const other = join(job.workspace, 'development.pem');
    await run(job, 'account', 'cert', 'export', '--subscription', 'Development', '--file', other);
    for (const file of [current, other]) {
      assert.equal(statSync(file).mode & 0o777, 0o600);
      const pem = readFileSync(file, 'utf8');
      const certificate = new X509Certificate(pem);
      assert.equal(certificate.fingerprint.replaceAll(':', ''), management.thumbprint);
      assert.ok(certificate.checkPrivateKey(createPrivateKey(pem)));
      rmSync(file);
    }
  });

  check('account set', async ({ job }) => {
    await run(job, 'account', 'set', 'Development');
    const [current] = await classic(job).json<ClassicSubscription[]>('account', 'show');
    assert.equal(current?.name, 'Development');
    assert.deepEqual(await classic(job).json('service', 'list'), []);
  });
});

checkClient('classic azure, user in mode asm', toProduction(METHODS.user, { mode: 'asm' }), (check) => {
  checkAccounts(check, ['Production', 'Development', 'Retired'], { State: 'Enabled', 'User name': 'Ada@Contoso.com' });
  checkServiceList(check);

  check('service list, after the first token expired', async (session) => {
    expireTokens(session.folder);
    assert.deepEqual(await classic(session.job).json('service', 'list'), []);
  });

  checkModes(check, 'asm', 'arm', 'asm');
});

checkClient('classic azure, mode arm', toProduction(METHODS.secret), (check) => {
  checkModes(check, 'arm', 'asm', 'arm');
});

type Mode = 'arm' | 'asm';

/** Is in a mode, and switches to others in turn. */
function checkModes(check: Check, mode: Mode, ...others: readonly Mode[]): void {
  check('config list', async ({ job }) => {
    assert.deepEqual(rows(await run(job, 'config', 'list')), [['mode', mode]]);
    assert.deepEqual(await classic(job).json('config', 'list'), { mode });
  });
  if (others.length === 0) return;
  check('config mode', async ({ job }) => {
    for (const mode of others) {
      await run(job, 'config', 'mode', mode);
      assert.deepEqual(await classic(job).json('config', 'list'), { mode });
      if (mode === 'arm') assert.equal((await classic(job).groups()).length, 2);
    }
  });
}

/** @param details of the current subscription */
function checkAccounts(check: Check, names: readonly string[], details: Readonly<Record<string, string>>): void {
  check('account list', async ({ job, world }) => {
    const listed = rows(await run(job, 'account', 'list'));
    assert.deepEqual(
      listed.map(([name, id, current]) => [name, id, current]),
      world.contoso.subscriptions
        .filter(({ displayName }) => names.includes(displayName))
        .map(({ displayName, id }) => [displayName, id, String(displayName === 'Production')]),
    );
    assert.equal(listed[0]?.[3], details['State']);
  });

  check('account show', async ({ job, world }) => {
    const lines = await run(job, 'account', 'show');
    const fields = Object.fromEntries(lines.map((line) => line.split(/ *: */, 2)));
    const { id } = world.contoso.subscriptions[0];
    const expected = { Name: 'Production', ID: id, 'Is Default': 'true', Environment: 'AzureCloud', ...details };
    assert.deepEqual({ ...fields, ...expected }, fields);
  });
}

/** The list of cloud services is empty; the check is that Service Management accepts the CLI. */
function checkServiceList(check: Check): void {
  check('service list', async ({ job, world }) => {
    for (const { displayName, id } of world.contoso.subscriptions.slice(0, 2)) {
      assert.deepEqual(await classic(job).json('service', 'list', '--subscription', displayName), []);
      const [request] = world.simulator.requestsTo('management.core.windows.net', `/${id}/services/hostedservices`);
      assert.equal(request?.status, 200);
    }
  });
}

/** Runs a command that must succeed without a prompt, and returns the lines with data. */
async function run(job: Job, ...args: string[]): Promise<string[]> {
  const { stdout: coloured, stderr } = await classic(job).run(...args);
  const stdout = stripVTControlCharacters(coloured);
  assert.equal(stderr, '');
  assert.match(stdout, / command OK\n/);
  assert.doesNotMatch(stdout, /\?|\by\/n\b/);
  return stdout.split('\n').flatMap((line) => (line.startsWith('data:') ? [line.slice('data:'.length).trim()] : []));
}

/** The rows of a table without its header. */
function rows(lines: readonly string[]): string[][] {
  const head = lines.findIndex((line) => /^[- ]+$/.test(line));
  return lines.slice(head + 1).map((line) => line.split(/ {2,}/));
}
