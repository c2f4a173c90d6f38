import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:https';
import { type AddressInfo, createServer as createPlainServer, type Server } from 'node:net';
import { describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { createCertificate } from '../../simulator/certificates.ts';
import {
  type CertificateCheck,
  checkManagementCertificate,
  type ManagementRequest,
  type SendManagementRequest,
} from '../../src/credentials/publish-settings/check.ts';
import { checkManagementCertificates } from '../../src/credentials/publish-settings/check-all.ts';
import type { ImportedSubscription } from '../../src/credentials/publish-settings/parse.ts';
import { TransientFailure } from '../../src/net/transient.ts';
import { SessionError } from '../../src/session-error.ts';
import { ENDPOINT, ID, MANAGEMENT, OTHER_ID, parse, schema2 } from './documents.ts';

const NAMESPACES =
  'xmlns="http://schemas.microsoft.com/windowsazure" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"';
const [SUBSCRIPTION] = (await parse(schema2({}))) as [ImportedSubscription];

function subscriptionXml(fields: { id?: string; name?: string; status?: string } = {}): string {
  const { id = ID, name = 'Sub one', status = 'Active' } = fields;
  return [
    `\ufeff<?xml version="1.0" encoding="utf-8"?><Subscription ${NAMESPACES}><SubscriptionID>${id}</SubscriptionID>`,
    `<SubscriptionName>${name}</SubscriptionName><SubscriptionStatus>${status}</SubscriptionStatus></Subscription>`,
  ].join('');
}

function errorXml(code: string, message: string): string {
  return `<Error ${NAMESPACES}><Code>${code}</Code><Message>${message}</Message></Error>`;
}

function answering(status: number, body: string): SendManagementRequest {
  return async () => ({ status, body });
}

async function check(send: SendManagementRequest): Promise<CertificateCheck> {
  return checkManagementCertificate(send, SUBSCRIPTION);
}

describe('the request', () => {
  it('asks for the subscription, with its certificate alone', async () => {
    const sent: ManagementRequest[] = [];
    await check(async (asked) => {
      sent.push(asked);
      return { status: 200, body: subscriptionXml() };
    });
    assert.deepEqual(sent, [
      {
        method: 'GET',
        url: `${ENDPOINT}/${ID}`,
        headers: { 'x-ms-version': '2014-10-01', Accept: 'application/xml' },
        clientCertificate: { key: MANAGEMENT.key, cert: MANAGEMENT.cert },
      },
    ]);
  });
});

describe('accepted', () => {
  const accepted: Readonly<Record<string, [body: string, name: string, status: string]>> = {
    'as the service answers': [subscriptionXml(), 'Sub one', 'Active'],
    'with another name': [subscriptionXml({ name: 'A &amp; B' }), 'A & B', 'Active'],
    'with no name': [subscriptionXml({ name: '' }), 'Sub one', 'Active'],
    'a disabled one': [subscriptionXml({ status: 'Disabled' }), 'Sub one', 'Disabled'],
    'with the id in capitals': [subscriptionXml({ id: ID.toUpperCase() }), 'Sub one', 'Active'],
    'with a line end in the name': [subscriptionXml({ name: 'A&#10;::error::B' }), 'A ::error::B', 'Active'],
    'with a prefix': [
      `<a:Subscription xmlns:a="x"><a:SubscriptionID>${ID}</a:SubscriptionID></a:Subscription>`,
      'Sub one',
      '',
    ],
  };
  for (const [name, [body, subscriptionName, status]] of Object.entries(accepted)) {
    it(name, async () => {
      assert.deepEqual(await check(answering(200, body)), { outcome: 'accepted', name: subscriptionName, status });
    });
  }
});

describe('refused', () => {
  const words = 'The server failed to authenticate the request.';
  const refused: Readonly<Record<string, [status: number, body: string, code: string, message: string]>> = {
    'by 403': [403, errorXml('ForbiddenError', words), 'ForbiddenError', words],
    'by 401': [401, errorXml('AuthenticationFailed', words), 'AuthenticationFailed', words],
    'without words': [403, '', '', ''],
    'in HTML': [403, '<html><p>No<br></html>', '', ''],
    'with words on several lines': [403, errorXml('ForbiddenError', 'a\n::error::b'), 'ForbiddenError', 'a ::error::b'],
    'with a code that is none': [403, errorXml('::error::', 'x'), '', 'x'],
    'with endless words': [403, errorXml('X', 'x'.repeat(5000)), 'X', 'x'.repeat(300)],
    'with an entity bomb': [403, `<!DOCTYPE a [<!ENTITY b "c">]>${errorXml('X', '&b;')}`, '', ''],
  };
  for (const [name, [status, body, code, message]] of Object.entries(refused)) {
    it(name, async () => {
      assert.deepEqual(await check(answering(status, body)), { outcome: 'refused', code, message });
    });
  }
});

describe('retired', () => {
  const host = 'management.core.windows.net';
  const gone: Readonly<Record<string, [status: number, body: string, reason: string]>> = {
    '404': [404, errorXml('ResourceNotFound', 'x'), `${host} answered HTTP 404 (ResourceNotFound)`],
    '410': [410, '', `${host} answered HTTP 410`],
    '400': [400, errorXml('BadRequest', 'x'), `${host} answered HTTP 400 (BadRequest)`],
    'a redirect': [302, '', `${host} answered HTTP 302`],
    '501': [501, '<html></html>', `${host} answered HTTP 501`],
    'a page': [200, '<html><p>Retired<br></html>', `${host} answered with something else than the subscription`],
    'another subscription': [
      200,
      subscriptionXml({ id: OTHER_ID }),
      `${host} answered with something else than the subscription`,
    ],
    'an answer too large': [
      200,
      subscriptionXml({ name: 'x'.repeat(2 ** 20) }),
      `${host} answered with something else than the subscription`,
    ],
  };
  for (const [name, [status, body, reason]] of Object.entries(gone)) {
    it(name, async () => {
      const { warning, ...outcome } = retired(await check(answering(status, body)));
      assert.deepEqual(outcome, { outcome: 'retired', service: 'gone', reason });
      assert.ok(warning.includes(`${ID} could not be checked: ${reason}. Microsoft retired`), warning);
      assert.match(warning, /31 August 2024/);
    });
  }

  it('unreachable, as the retry rule says it', async () => {
    const outcome = retired(
      await check(async () => {
        throw new SessionError('The check failed.', { why: 'All 5 tries failed; the last one: ENOTFOUND.' });
      }),
    );
    assert.equal(outcome.service, 'unreachable');
    assert.equal(outcome.reason, 'The check failed. All 5 tries failed; the last one: ENOTFOUND');
    assert.match(outcome.warning, /31 August 2024/);
  });

  it('but a fault of the program is not hidden', async () => {
    const fault = new TypeError('x is not a function');
    await assert.rejects(
      check(async () => {
        throw fault;
      }),
      fault,
    );
  });

  function retired(outcome: CertificateCheck): CertificateCheck & { outcome: 'retired' } {
    assert.ok(outcome.outcome === 'retired', JSON.stringify(outcome));
    return outcome;
  }
});

describe('several', () => {
  const subscriptions = Array.from({ length: 9 }, (_, index) => ({
    ...SUBSCRIPTION,
    id: `aaaaaaaa-0000-0000-0000-00000000000${index}`,
  }));
  const idOf = ({ url }: ManagementRequest): string => url.split('/').at(-1) ?? '';

  it('all accepted: no warning', async () => {
    const { checked, warnings } = await checkManagementCertificates(
      async (asked) => ({ status: 200, body: subscriptionXml({ id: idOf(asked) }) }),
      subscriptions,
    );
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      checked.map(({ subscription, check: { outcome } }) => [subscription.id, outcome]),
      subscriptions.map(({ id }) => [id, 'accepted']),
    );
  });

  it('an unreachable service: one warning, and the rest is not asked', async () => {
    const asked: string[] = [];
    const { checked, warnings } = await checkManagementCertificates(async (one) => {
      asked.push(idOf(one));
      throw new TransientFailure('the connection failed (ENOTFOUND)');
    }, subscriptions);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /of 9 subscriptions could not be checked: the connection failed \(ENOTFOUND\)\./);
    assert.equal(checked.length, 9);
    assert.ok(checked.every(({ check: { outcome } }) => outcome === 'retired'));
    assert.ok(asked.length < 9);
  });

  it('some refused: one error that names them, whatever the others are', async () => {
    const outcome = await checkManagementCertificates(async (asked) => {
      const number = Number(idOf(asked).at(-1));
      if (number === 2 || number === 7) return { status: 403, body: errorXml('ForbiddenError', 'No.') };
      return { status: number === 3 ? 404 : 200, body: subscriptionXml({ id: idOf(asked) }) };
    }, subscriptions).catch((error: unknown) => error);
    assert.ok(outcome instanceof SessionError);
    assert.equal(outcome.message, 'The classic service refused 2 management certificates of the publish settings.');
    assert.equal(
      outcome.why,
      [2, 7]
        .map((n) => `Subscription ${subscriptions[n]?.id}, certificate ${MANAGEMENT.thumbprint}: No. (ForbiddenError)`)
        .join('\n'),
    );
  });

  it('different reasons: a warning each', async () => {
    const { warnings } = await checkManagementCertificates(
      async (asked) => ({ status: idOf(asked).endsWith('1') ? 404 : 410, body: '' }),
      subscriptions,
    );
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /of 8 subscriptions .*HTTP 410/);
    assert.match(warnings[1] ?? '', new RegExp(`of subscription ${subscriptions[1]?.id} .*HTTP 404`));
  });
});

describe('over TLS', async () => {
  const { certificate, privateKey } = await createCertificate({
    commonName: '127.0.0.1',
    purpose: 'server',
    names: ['127.0.0.1'],
  });
  const trusting = createServer(
    { key: privateKey, cert: certificate, requestCert: true, rejectUnauthorized: false },
    (asked, answer) => {
      const presented = (asked.socket as TLSSocket).getPeerCertificate().fingerprint ?? '';
      const known = presented.replaceAll(':', '') === MANAGEMENT.thumbprint;
      answer.writeHead(known ? 200 : 403).end(known ? subscriptionXml() : errorXml('ForbiddenError', 'No.'));
    },
  );

  async function checkAt(server: Server): Promise<CertificateCheck> {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const subscription = { ...SUBSCRIPTION, managementEndpoint: `https://127.0.0.1:${port}` };
    const outcome = await checkManagementCertificate(
      (asked) => send(asked, { ca: certificate, agent: false }),
      subscription,
    );
    server.close();
    return outcome;
  }

  it('the certificate of the file is the one that is presented', async () => {
    assert.equal((await checkAt(trusting)).outcome, 'accepted');
  });

  const alerts: Readonly<Record<number, string>> = {
    42: 'bad_certificate',
    43: 'unsupported_certificate',
    44: 'certificate_revoked',
    45: 'certificate_expired',
    46: 'certificate_unknown',
    48: 'unknown_ca',
    49: 'access_denied',
    116: 'certificate_required',
  };
  for (const [number, name] of Object.entries(alerts)) {
    it(`refused in the handshake: ${name}`, async () => {
      const outcome = await checkAt(answeringAlert(Number(number)));
      assert.deepEqual(outcome, { outcome: 'refused', code: `TLS alert ${name}`, message: '' });
    });
  }

  it('a handshake that fails for another reason says nothing of the certificate', async () => {
    assert.equal((await checkAt(answeringAlert(70))).outcome, 'retired');
  });

  /** A server that answers the client's first message with a fatal alert: Node's own sends none, it only hangs up. */
  function answeringAlert(number: number): Server {
    return createPlainServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(Buffer.of(0x15, 3, 3, 0, 2, 2, number)));
    });
  }
});

function send(
  { method, url, headers, clientCertificate }: ManagementRequest,
  options: object,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => reject(new TransientFailure('the connection failed', { cause }));
    const outgoing = request(url, { method, headers, ...clientCertificate, ...options }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body: Buffer.concat(chunks).toString() }));
      answer.once('error', fail);
    });
    outgoing.once('error', fail);
    outgoing.end();
  });
}
