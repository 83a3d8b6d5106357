import assert from 'node:assert/strict';
import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { generateKeyPair, privateKeyToProtobuf, publicKeyToProtobuf } from '@libp2p/crypto/keys';
import { createIdentity } from '../../../src/identity/identity.ts';
import { readKey, writeKey } from '../../../src/identity/key-formats.ts';
import { toLibp2pPrivateKeyBytes } from '../../../src/identity/libp2p-key.ts';

const identity = createIdentity();
const pem = Buffer.from(writeKey(identity, 'pem')).toString();
const raw = toLibp2pPrivateKeyBytes(identity);
const data = raw.slice(4);
const LOCKED = { cipher: 'aes-128-cbc', passphrase: 'x' };

/** RFC 8410 section 10.3, as published. */
const RFC_8410_PEM = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`;
const RFC_8410_PUBLIC_KEY = '19bf44096984cdfe8541bac167dc3b96c85086aa30b6b6cb0c5c38ad703166e1';

describe('key formats: what is read', () => {
  const otherwiseWritten: readonly [name: string, bytes: string | Uint8Array][] = [
    ['PEM', pem],
    ['PEM with CRLF', pem.replaceAll('\n', '\r\n')],
    ['PEM without a last line feed', pem.trimEnd()],
    ['PEM after a line of text', `the key of node 1\n${pem}`],
    ['libp2p', raw],
    ['libp2p in base64', Buffer.from(raw).toString('base64')],
  ];
  for (const [name, bytes] of otherwiseWritten) {
    it(name, () => assert.deepEqual(readKey(bytesOf(bytes)), { identity }));
  }
});

describe('key formats: the example of RFC 8410', () => {
  it('has the public key that the RFC gives, and is written as it is there', () => {
    const reading = readKey(bytesOf(RFC_8410_PEM));
    assert.ok('identity' in reading);
    assert.equal(Buffer.from(reading.identity.publicKey).toString('hex'), RFC_8410_PUBLIC_KEY);
    assert.equal(Buffer.from(writeKey(reading.identity, 'pem')).toString(), RFC_8410_PEM);
  });
});

describe('key formats: what is refused, and by what name', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const p256 = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
  const publicPem = generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' });
  const wrongHalf = (at: number): Uint8Array => raw.map((byte, i) => (i === at ? byte ^ 1 : byte));
  const historical = (third: Uint8Array): Uint8Array => Uint8Array.of(8, 1, 18, 96, ...data, ...third);
  const refused: readonly [seen: string | RegExp, what: string, bytes: string | Uint8Array][] = [
    [/empty/, 'no bytes', ''],
    [/empty/, 'blanks', ' \n\n'],
    ['no key', 'text', 'hello'],
    ['no key', 'base64 of something else', Buffer.from(data).toString('base64')],
    ['no key', 'the seed alone', identity.seed.map((byte, i) => (i === 0 ? 1 : byte))],
    ['no key', 'zeros', new Uint8Array(68)],
    ['no key', 'base64url', `${Buffer.from(raw).toString('base64url')}_-`],
    ['a public key', 'a public PEM', publicPem.toString()],
    ['an RSA key', 'RSA in PKCS#8', pkcs8(rsa)],
    ['an RSA key', 'RSA in PKCS#1', rsa.export({ format: 'pem', type: 'pkcs1' })],
    ['an EC key', 'P-256 in PKCS#8', pkcs8(p256)],
    ['an EC key', 'P-256 in SEC 1', p256.export({ format: 'pem', type: 'sec1' })],
    ['a key of type x25519', 'X25519', pkcs8(generateKeyPairSync('x25519').privateKey)],
    ['a key of type ed448', 'Ed448', pkcs8(generateKeyPairSync('ed448').privateKey)],
    ['an encrypted PEM', 'PKCS#8 encrypted', createPrivateKey(pem).export({ format: 'pem', type: 'pkcs8', ...LOCKED })],
    ['an encrypted PEM', 'PKCS#1 encrypted', rsa.export({ format: 'pem', type: 'pkcs1', ...LOCKED })],
    [
      'an OpenSSH key',
      'an OpenSSH key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----',
    ],
    ['a certificate', 'a certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'],
    ['a PEM block "X509 CRL"', 'another PEM', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----'],
    ['2 PEM blocks, where one private key is expected', 'two keys', pem + pem],
    ['a damaged PEM', 'half a PEM', pem.slice(0, 80)],
    ['a damaged PEM', 'no label', '-----BEGIN -----'],
    ['a damaged PEM', 'PEM of another length', pem.replace('MC4CAQ', 'MC4CA')],
    [/DER/, 'DER', Buffer.from(pem.split('\n')[1] ?? '', 'base64')],
    [/public half/, 'a seed that is not of the public key', wrongHalf(4)],
    [/public half/, 'a public key that is not of the seed', wrongHalf(67)],
    [/public half/, 'a third part that is another key', historical(createIdentity().publicKey)],
    [/has 63/, 'libp2p cut off', raw.slice(0, -1)],
    [/has 65/, 'libp2p with a byte after it', Uint8Array.of(...raw, 0)],
    [/has 95/, 'the historical form cut off', historical(identity.publicKey).slice(0, -1)],
    ['a libp2p key of 65 bytes', 'another length', Uint8Array.of(8, 1, 18, 65, ...data, 0)],
    ['a libp2p key of 0 bytes', 'no length', Uint8Array.of(8, 1, 18)],
    ['an RSA key', 'RSA as libp2p writes it', Uint8Array.of(8, 0, 18, 0xa7, 9, 0x30)],
    ['an ECDSA key', 'ECDSA as libp2p writes it', Uint8Array.of(8, 3, 18, 121, 0x30)],
    ['a libp2p key of unknown type 9', 'an unknown type', Uint8Array.of(8, 9, 18, 64, ...data)],
  ];
  for (const [seen, what, bytes] of refused) {
    it(what, () => {
      const reading = readKey(bytesOf(bytes));
      assert.ok('seen' in reading);
      if (typeof seen === 'string') assert.equal(reading.seen, seen);
      else assert.match(reading.seen, seen);
    });
  }

  it('a secp256k1 key and a public key, as libp2p writes them', async () => {
    const secp256k1 = await generateKeyPair('secp256k1');
    const ed25519 = await generateKeyPair('Ed25519');
    assert.deepEqual(readKey(privateKeyToProtobuf(secp256k1)), { seen: 'a secp256k1 key' });
    assert.deepEqual(readKey(publicKeyToProtobuf(ed25519.publicKey)), { seen: 'a public key' });
  });
});

function pkcs8(key: KeyObject): string | Buffer {
  return key.export({ format: 'pem', type: 'pkcs8' });
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === 'string' ? new TextEncoder().encode(content) : content;
}
