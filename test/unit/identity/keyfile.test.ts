import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { TessraxError } from '../../../src/core/errors.ts';
import { KEYFILE_BYTES_MAX } from '../../../src/core/limits.ts';
import { createKeyfile, type KeyFormat, loadKeyfile, toLibp2pPrivateKeyBytes } from '../../../src/identity/keyfile.ts';

const KEYFILE_SOURCE = new URL('../../../src/identity/keyfile.ts', import.meta.url).href;
const FORMATS: readonly KeyFormat[] = ['pem', 'libp2p'];

describe('keyfile', () => {
  const { path, write } = inTemporaryFolder();

  for (const format of FORMATS) {
    it(`is read back as it was created, as ${format}`, async () => {
      const created = await createKeyfile(path('node.key'), format);
      assert.deepEqual(await loadKeyfile(path('node.key')), created);
    });

    it(`is created for its owner alone, whatever the umask, as ${format}`, async () => {
      const umask = process.umask(0);
      try {
        await createKeyfile(path('node.key'), format);
      } finally {
        process.umask(umask);
      }
      assert.equal(statSync(path('node.key')).mode & 0o777, 0o600);
    });

    it(`never replaces a file, as ${format}`, async () => {
      write('node.key', 'something dear');
      symlinkSync(path('nowhere'), path('link'));
      for (const name of ['node.key', 'link']) {
        await assert.rejects(createKeyfile(path(name), format), { code: 'keyfile_exists' });
      }
      assert.equal(readFileSync(path('node.key'), 'utf8'), 'something dear');
    });
  }

  it('is another key every time', async () => {
    const first = await createKeyfile(path('a'), 'pem');
    const second = await createKeyfile(path('b'), 'pem');
    assert.notEqual(first.peerId, second.peerId);
  });

  it('is a PEM that OpenSSL reads, with the same public key', async function () {
    if (!hasOpenssl()) return this.skip();
    const identity = await createKeyfile(path('node.key'), 'pem');
    const der = execFileSync('openssl', ['pkey', '-in', path('node.key'), '-pubout', '-outform', 'DER']);
    assert.deepEqual(Uint8Array.from(der.subarray(-32)), identity.publicKey);
  });

  it('is what libp2p writes for the same key', async () => {
    const identity = await createKeyfile(path('node.key'), 'libp2p');
    const key = privateKeyFromProtobuf(readFileSync(path('node.key')));
    assert.equal(peerIdFromPrivateKey(key).toString(), identity.peerId);
    assert.deepEqual(privateKeyToProtobuf(key), toLibp2pPrivateKeyBytes(identity));
  });

  it('cannot be created in a folder that is not there', async () => {
    await assert.rejects(createKeyfile(path('no/node.key'), 'pem'), { code: 'keyfile_unwritable' });
  });

  it('leaves nothing behind when writing fails', () => {
    const script = `
      process.on('SIGXFSZ', () => undefined);
      const { createKeyfile } = await import('${KEYFILE_SOURCE}');
      await createKeyfile('${path('node.key')}', 'pem').catch((error) => process.stdout.write(error.code));`;
    // A file size limit of nothing stands for the full disk: the file can be made, and not be written.
    const command = 'ulimit -f 0; exec "$0" --input-type=module --eval "$1"';
    const output = execFileSync('sh', ['-c', command, process.execPath, script], { encoding: 'utf8' });
    assert.equal(output, 'keyfile_unwritable');
    assert.deepEqual(readdirSync(path('.')), []);
  });
});

describe('keyfile made elsewhere', () => {
  const { path, write } = inTemporaryFolder();

  it('from openssl genpkey is read, with the public key that OpenSSL derives', async function () {
    if (!hasOpenssl()) return this.skip();
    execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519', '-out', path('node.key')]);
    chmodSync(path('node.key'), 0o600);
    const der = execFileSync('openssl', ['pkey', '-in', path('node.key'), '-pubout', '-outform', 'DER']);
    const identity = await loadKeyfile(path('node.key'));
    assert.deepEqual(identity.publicKey, Uint8Array.from(der.subarray(-32)));
    const libp2pKey = privateKeyFromProtobuf(toLibp2pPrivateKeyBytes(identity));
    assert.equal(identity.peerId, peerIdFromPrivateKey(libp2pKey).toString());
  });

  it('from libp2p is read: raw, as base64 text, wrapped and with the historical third part', async () => {
    const key = await generateKeyPair('Ed25519');
    const raw = privateKeyToProtobuf(key);
    const base64 = Buffer.from(raw).toString('base64');
    const forms = [
      raw,
      base64,
      `${base64}\n`,
      `${base64.slice(0, 76)}\r\n${base64.slice(76)}\r\n`,
      Uint8Array.of(8, 1, 18, 96, ...key.raw, ...key.publicKey.raw),
    ];
    for (const [i, form] of forms.entries()) {
      const identity = await loadKeyfile(write(`form-${i}`, form));
      assert.equal(identity.peerId, peerIdFromPrivateKey(key).toString());
      assert.deepEqual(identity.publicKey, Uint8Array.from(key.publicKey.raw));
      assert.deepEqual(identity.seed, Uint8Array.from(key.raw.subarray(0, 32)));
    }
  });

  it('is read through a symbolic link, which is how secrets are mounted', async () => {
    const created = await createKeyfile(path('node.key'), 'pem');
    symlinkSync(path('node.key'), path('link'));
    assert.deepEqual(await loadKeyfile(path('link')), created);
  });
});

describe('keyfile refused', () => {
  const { path, write } = inTemporaryFolder();

  for (const mode of [0o640, 0o604, 0o620, 0o602, 0o660, 0o644, 0o666]) {
    it(`with mode ${mode.toString(8)}`, async () => {
      await createKeyfile(path('node.key'), 'pem');
      chmodSync(path('node.key'), mode);
      await assert.rejects(loadKeyfile(path('node.key')), {
        code: 'keyfile_permissions',
        remedy: `chmod 600 ${path('node.key')}`,
      });
    });
  }

  for (const mode of [0o400, 0o600, 0o700]) {
    it(`not with mode ${mode.toString(8)}`, async () => {
      const created = await createKeyfile(path('node.key'), 'pem');
      chmodSync(path('node.key'), mode);
      assert.deepEqual(await loadKeyfile(path('node.key')), created);
    });
  }

  it('when it is missing, with the command that makes one', async () => {
    await assert.rejects(
      loadKeyfile(path('node.key')),
      (error) =>
        error instanceof TessraxError && error.code === 'keyfile_missing' && /tessrax keygen/.test(error.remedy),
    );
  });

  it('when its path leads through a file', async () => {
    write('file', '');
    await assert.rejects(loadKeyfile(path('file/node.key')), { code: 'keyfile_unreadable' });
  });

  it('when it is a folder', async () => {
    mkdirSync(path('folder'), { mode: 0o700 });
    await assert.rejects(loadKeyfile(path('folder')), { code: 'keyfile_invalid', message: /found a folder/ });
  });

  it('when it is a FIFO, without waiting for a writer', () => {
    execFileSync('mkfifo', ['-m', '600', path('fifo')]);
    // In a process of its own: one that waits for a writer could not be ended from inside.
    const script = `
      const { loadKeyfile } = await import('${KEYFILE_SOURCE}');
      await loadKeyfile('${path('fifo')}').catch((error) => process.stdout.write(error.message));`;
    const options = { encoding: 'utf8', timeout: 8_000, killSignal: 'SIGKILL' } as const;
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', script], options);
    assert.match(output, /found no regular file/);
  });

  it('when it is larger than any key', async () => {
    const text = 'A'.repeat(KEYFILE_BYTES_MAX);
    await assert.rejects(loadKeyfile(write('large', `${text}A`)), { code: 'keyfile_invalid', message: /more than/ });
    await assert.rejects(loadKeyfile(write('fits', text)), { code: 'keyfile_invalid', message: /no key/ });
  });

  it('without showing a byte of it', async () => {
    const created = await createKeyfile(path('node.key'), 'pem');
    const pem = readFileSync(path('node.key'), 'utf8');
    const secrets = [
      pem.split('\n')[1] ?? '',
      Buffer.from(created.seed).toString('hex'),
      Buffer.from(created.seed).toString('base64').slice(0, 20),
      inspect(created.seed).slice(20, 60),
    ];
    const raw = toLibp2pPrivateKeyBytes(created);
    const damaged = [
      pem.replace('END PRIVATE', 'END PUBLIC'),
      pem + pem,
      pem.slice(0, 70),
      raw.slice(0, 67),
      created.seed,
    ];
    for (const [i, content] of damaged.entries()) {
      const error: unknown = await loadKeyfile(write(`damaged-${i}`, content)).catch((reason: unknown) => reason);
      assert.ok(error instanceof TessraxError && error.code === 'keyfile_invalid', inspect(error));
      const shown = inspect(error, { depth: 9 }) + JSON.stringify(error);
      for (const secret of secrets) assert.ok(secret.length > 10 && !shown.includes(secret), shown);
    }
  });
});

/** The command is no npm package: where it is missing, the published example in key-formats.test.ts has to do. */
function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0;
}

function inTemporaryFolder() {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tessrax-keyfile-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const path = (name: string): string => join(folder, name);
  const write = (name: string, content: string | Uint8Array): string => {
    writeFileSync(path(name), content, { mode: 0o600 });
    return path(name);
  };
  return { path, write };
}
