import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Config, type ConfigSources, loadConfig } from '../../src/config.ts';
import { TessraxError } from '../../src/core/errors.ts';
import { CONFIG_FILE_BYTES_MAX, HEARTBEAT_INTERVAL_MS } from '../../src/core/limits.ts';

type Flags = ConfigSources['flags'];
type Environment = ConfigSources['environment'];

describe('configuration', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-config-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  /** Loads with this config.yaml; undefined: there is none. */
  async function load(file: string | undefined, environment: Environment = {}, flags: Flags = {}): Promise<Config> {
    if (file !== undefined) await writeFile(join(directory, 'config.yaml'), file);
    return await loadConfig({ flags: { directory, ...flags }, environment });
  }

  it('has a default for everything', async () => {
    deepEqual(await load(undefined), {
      directory,
      key: join(directory, 'node.key'),
      federation: join(directory, 'federation.json'),
      listen: ['/ip4/0.0.0.0/tcp/4001'],
      bootstrap: [],
      mdns: true,
      dht: 'lan',
      api: '127.0.0.1:7420',
      api_hosts: [],
      api_token_file: join(directory, 'api.token'),
      log_level: 'info',
      alone: false,
      heartbeat_interval_ms: HEARTBEAT_INTERVAL_MS,
    });
  });

  it('takes an empty file, and one of comments, for no settings', async () => {
    const defaults = await load(undefined);
    deepEqual(await load(''), defaults);
    deepEqual(await load('# api: 127.0.0.1:1\n'), defaults);
  });

  it('keeps its data in ./tessrax-data unless told otherwise', async () => {
    equal((await loadConfig({ flags: {}, environment: {} })).directory, resolve('tessrax-data'));
  });

  it('finds the folder by flag, then environment', async () => {
    const environment = { TESSRAX_DIR: directory };
    equal((await loadConfig({ flags: {}, environment })).directory, directory);
    const other = join(directory, 'other');
    equal((await loadConfig({ flags: { directory: other }, environment })).directory, other);
  });

  /** Each setting as it stands in the file, in the environment and as a flag, with its value in the configuration. */
  const settings: readonly {
    readonly name: keyof Config;
    readonly file: string;
    readonly inFile: unknown;
    readonly environment: string;
    readonly inEnvironment: unknown;
    readonly flag: unknown;
  }[] = [
    {
      name: 'listen',
      file: '[/ip4/127.0.0.1/tcp/1]',
      inFile: ['/ip4/127.0.0.1/tcp/1'],
      environment: '/ip4/127.0.0.1/tcp/2, /ip6/::1/tcp/2,',
      inEnvironment: ['/ip4/127.0.0.1/tcp/2', '/ip6/::1/tcp/2'],
      flag: ['/ip4/127.0.0.1/tcp/3'],
    },
    {
      name: 'bootstrap',
      file: '[/dns4/a/tcp/1]',
      inFile: ['/dns4/a/tcp/1'],
      environment: '/dns4/b/tcp/1',
      inEnvironment: ['/dns4/b/tcp/1'],
      flag: ['/dns4/c/tcp/1'],
    },
    { name: 'mdns', file: 'false', inFile: false, environment: 'YES', inEnvironment: true, flag: false },
    { name: 'alone', file: 'true', inFile: true, environment: 'off', inEnvironment: false, flag: true },
    { name: 'dht', file: "'off'", inFile: 'off', environment: 'lan', inEnvironment: 'lan', flag: 'off' },
    {
      name: 'api',
      file: '127.0.0.1:1',
      inFile: '127.0.0.1:1',
      environment: '[::1]:2',
      inEnvironment: '[::1]:2',
      flag: 'localhost:3',
    },
    { name: 'log_level', file: 'debug', inFile: 'debug', environment: 'warn', inEnvironment: 'warn', flag: 'silent' },
    {
      name: 'heartbeat_interval_ms',
      file: '100',
      inFile: 100,
      environment: '200',
      inEnvironment: 200,
      flag: 300,
    },
  ];
  for (const { name, file, inFile, environment, inEnvironment, flag } of settings) {
    it(`takes ${name} from the flag, else the environment, else the file`, async () => {
      const text = `${name}: ${file}\n`;
      const variables = { [`TESSRAX_${name.toUpperCase()}`]: environment };
      deepEqual((await load(text))[name], inFile);
      deepEqual((await load(text, variables))[name], inEnvironment);
      deepEqual((await load(text, variables, { [name]: flag }))[name], flag);
      deepEqual(
        (await load(text, { [`TESSRAX_${name.toUpperCase()}`]: '' }))[name],
        inFile,
        'an empty variable is none',
      );
    });
  }

  for (const name of ['key', 'federation', 'api_token_file'] as const) {
    it(`takes a relative ${name} from where the command was typed in a flag, and from the folder elsewhere`, async () => {
      const text = `${name}: sub/file\n`;
      equal((await load(text))[name], join(directory, 'sub/file'));
      equal((await load(text, { [`TESSRAX_${name.toUpperCase()}`]: 'env/file' }))[name], join(directory, 'env/file'));
      equal((await load(text, {}, { [name]: 'flag/file' }))[name], resolve('flag/file'));
      equal((await load(`${name}: /etc/elsewhere\n`))[name], '/etc/elsewhere');
    });
  }

  it('reads the file that is named, by flag, then environment', async () => {
    const [one, two] = [join(directory, 'one.yaml'), join(directory, 'two.yaml')];
    await writeFile(one, 'api: 127.0.0.1:1\n');
    await writeFile(two, 'api: 127.0.0.1:2\n');
    const environment = { TESSRAX_CONFIG: one };
    equal((await load('api: 127.0.0.1:3\n', environment)).api, '127.0.0.1:1');
    equal((await load(undefined, environment, { config: two })).api, '127.0.0.1:2');
  });

  it('refuses a named file that is not there', async () => {
    await rejects(load(undefined, {}, { config: join(directory, 'none.yaml') }), { code: 'config_missing' });
    await rejects(load(undefined, { TESSRAX_CONFIG: join(directory, 'none.yaml') }), { code: 'config_missing' });
  });

  it('refuses a file that cannot be read', async () => {
    await mkdir(join(directory, 'config.yaml'));
    await rejects(load(undefined), { code: 'config_missing' });
  });

  const bad: readonly (readonly [what: string, file: string, pattern: RegExp])[] = [
    ['an unknown member', 'apii: 127.0.0.1:1', /there is no setting apii/],
    ['a list', '- api', /must be a mapping/],
    ['a text', 'api', /must be a mapping/],
    ['text that is no YAML', 'api: [', /config\.yaml: /],
    ['a member that is there twice', 'api: 127.0.0.1:1\napi: 127.0.0.1:2', /unique/],
    ['an alias', 'listen: &a [/ip4/127.0.0.1/tcp/1]\nbootstrap: *a', /alias/i],
    ['a file that is too large', `#${'x'.repeat(CONFIG_FILE_BYTES_MAX)}`, /too large/],
    ['an empty key', "key: ''", /key: /],
    ['a key that is no text', 'key: 7', /key: /],
    ['an empty federation', "federation: ''", /federation: /],
    ['an empty token file', "api_token_file: ''", /api_token_file: /],
    ['a listen that is no list', 'listen: /ip4/127.0.0.1/tcp/1', /listen: /],
    ['a listen that is no multiaddr', 'listen: [127.0.0.1:4001]', /listen\.0: must be a multiaddr/],
    ['too many listens', `listen: [${Array(17).fill('/ip4/127.0.0.1/tcp/0').join(', ')}]`, /listen: /],
    ['a bootstrap that is no multiaddr', 'bootstrap: [node.example.org]', /bootstrap\.0: must be a multiaddr/],
    ['too many bootstraps', `bootstrap: [${Array(257).fill('/dns4/a/tcp/1').join(', ')}]`, /bootstrap: /],
    ['mdns that is neither true nor false', 'mdns: maybe', /mdns: /],
    ['alone that is neither true nor false', 'alone: 1', /alone: /],
    ['a DHT that is not offered', 'dht: wan', /dht: /],
    ['an API without a port', 'api: 127.0.0.1', /api: must be HOST:PORT/],
    ['an API that is an address of the web', 'api: http://127.0.0.1:7420', /api: must be HOST:PORT/],
    ['an unknown log level', 'log_level: loud', /log_level: /],
    ['heartbeats that are too frequent', 'heartbeat_interval_ms: 99', /heartbeat_interval_ms: /],
    ['heartbeats that are too rare', 'heartbeat_interval_ms: 60001', /heartbeat_interval_ms: /],
    ['a fraction of a millisecond', 'heartbeat_interval_ms: 100.5', /heartbeat_interval_ms: /],
  ];
  for (const [what, file, pattern] of bad) {
    it(`refuses ${what}`, () => rejects(load(file), (error) => isInvalid(error, pattern)));
  }

  it('refuses what the environment says wrongly, and names it', async () => {
    await rejects(load(undefined, { TESSRAX_MDNS: 'maybe' }), (error) => isInvalid(error, /mdns: /, /TESSRAX_MDNS/));
    await rejects(load(undefined, { TESSRAX_HEARTBEAT_INTERVAL_MS: 'often' }), (error) =>
      isInvalid(error, /heartbeat_interval_ms: /),
    );
    await rejects(load(undefined, { TESSRAX_LISTEN: '127.0.0.1:4001' }), (error) => isInvalid(error, /listen\.0: /));
  });

  it('refuses what a flag says wrongly', () =>
    rejects(load(undefined, {}, { api: 'everywhere' }), (error) => isInvalid(error, /api: must be HOST:PORT/)));
});

function isInvalid(error: unknown, message: RegExp, remedy?: RegExp): true {
  if (!(error instanceof TessraxError)) throw error;
  equal(error.code, 'config_invalid');
  match(error.message, message);
  if (remedy !== undefined) match(error.remedy, remedy);
  return true;
}
