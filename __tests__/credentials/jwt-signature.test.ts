import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { before, describe, it } from 'node:test';
import signature from '../../src/credentials/jwt-signature.ts';

interface JsonWebToken {
  sign(claims: object, key: string, options: object): string;
  verify(token: string, key: string, options: object): object;
}

/** The one that MSAL has without the build. */
const { resolve } = createRequire(createRequire(import.meta.url).resolve('@azure/msal-node'));
const jsonwebtoken: JsonWebToken = createRequire(import.meta.url)(resolve('jsonwebtoken'));

describe('the signature in the place of jsonwebtoken', () => {
  const claims = { aud: 'https://login.example/token', exp: 4_000_000_000, iss: 'a', sub: 'a', nbf: 1, jti: 'é' };
  let pair: { publicKey: string; privateKey: string };
  before(() => {
    pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
  });

  for (const header of [
    { alg: 'PS256', 'x5t#S256': 'thumb' },
    { alg: 'RS256', x5t: 'thumb', x5c: ['a', 'b'] },
  ]) {
    it(`${header.alg}: header and claims are the same, and jsonwebtoken accepts it`, () => {
      const [ours, theirs] = [signature, jsonwebtoken].map(({ sign }) => sign(claims, pair.privateKey, { header }));
      const decoded = (token = ''): object[] =>
        token
          .split('.')
          .slice(0, 2)
          .map((part) => ({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), iat: 0 }));
      assert.deepEqual(decoded(ours), decoded(theirs));
      const verified = jsonwebtoken.verify(ours ?? '', pair.publicKey, { algorithms: [header.alg] });
      assert.ok('iat' in verified && Math.abs(Number(verified.iat) - Date.now() / 1000) < 60);
    });
  }

  it('signs with nothing else', () => {
    const secret = 'not a key';
    assert.throws(() => signature.sign(claims, pair.privateKey, { header: { alg: 'none' } }), /PS256/);
    assert.throws(() => signature.sign(claims, secret, { header: { alg: 'PS256' } }));
    const { privateKey } = generateKeyPairSync('ec', {
      namedCurve: 'P-256',
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    assert.throws(() => signature.sign(claims, privateKey, { header: { alg: 'PS256' } }), /RSA/);
  });
});
