/** Tells the key formats apart and reads them: PKCS#8 PEM, libp2p protobuf raw or in base64. What is none of them is named. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { type Identity, identityOfSeed, privateKeyOfSeed, seedOfPrivateKey } from './identity.ts';
import { type KeyReading, looksLikeLibp2pKey, readLibp2pKey, toLibp2pPrivateKeyBytes } from './libp2p-key.ts';

export type KeyFormat = 'pem' | 'libp2p';

export function writeKey(identity: Identity, format: KeyFormat): Uint8Array {
  if (format === 'libp2p') return toLibp2pPrivateKeyBytes(identity);
  return new TextEncoder().encode(privateKeyOfSeed(identity.seed).export({ format: 'pem', type: 'pkcs8' }).toString());
}

export function readKey(bytes: Uint8Array): KeyReading {
  if (bytes.length === 0) return { seen: 'nothing (it is empty)' };
  if (looksLikeLibp2pKey(bytes)) return readLibp2pKey(bytes);
  const text = Buffer.from(bytes).toString('latin1').trim();
  if (text === '') return { seen: 'nothing (it is empty)' };
  if (text.includes('-----BEGIN ')) return readPem(text);
  return readBase64(text) ?? { seen: bytes[0] === DER_SEQUENCE ? 'a key in DER, or another binary file' : 'no key' };
}

const DER_SEQUENCE = 0x30;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Undefined when the text is not base64, or not of a libp2p key. Line breaks, as `base64` writes them, are allowed. */
function readBase64(text: string): KeyReading | undefined {
  const joined = text.replaceAll(/[\r\n]/g, '');
  if (!BASE64.test(joined)) return undefined;
  const bytes = Uint8Array.from(Buffer.from(joined, 'base64'));
  return looksLikeLibp2pKey(bytes) ? readLibp2pKey(bytes) : undefined;
}

/** PEM labels that are not PKCS#8 private keys, and what they hold. */
const FOREIGN_LABELS: Readonly<Record<string, string>> = {
  'PUBLIC KEY': 'a public key',
  'RSA PUBLIC KEY': 'a public key',
  'ENCRYPTED PRIVATE KEY': 'an encrypted PEM',
  'RSA PRIVATE KEY': 'an RSA key',
  'EC PRIVATE KEY': 'an EC key',
  'DSA PRIVATE KEY': 'a DSA key',
  'OPENSSH PRIVATE KEY': 'an OpenSSH key',
  CERTIFICATE: 'a certificate',
};
const BEGIN = /-----BEGIN ([A-Z0-9 ]{1,64})-----/g;

function readPem(text: string): KeyReading {
  const labels = [...text.matchAll(BEGIN)].map((match) => match[1] ?? '');
  const label = labels[0];
  if (label === undefined) return { seen: 'a damaged PEM' };
  if (labels.length > 1) return { seen: `${labels.length} PEM blocks, where one private key is expected` };
  if (/^Proc-Type:.*ENCRYPTED/m.test(text)) return { seen: 'an encrypted PEM' };
  if (label !== 'PRIVATE KEY') return { seen: FOREIGN_LABELS[label] ?? `a PEM block "${label}"` };
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, format: 'pem' });
  } catch {
    return { seen: 'a damaged PEM' }; // OpenSSL's own words ("unsupported") say no more than that
  }
  const seed = seedOfPrivateKey(key);
  return seed === undefined ? { seen: nameOfType(key.asymmetricKeyType) } : { identity: identityOfSeed(seed) };
}

function nameOfType(type: string | undefined): string {
  if (type?.startsWith('rsa')) return 'an RSA key';
  if (type === 'ec') return 'an EC key';
  return `a key of type ${type ?? 'unknown'}`;
}
