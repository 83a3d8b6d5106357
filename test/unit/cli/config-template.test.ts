import { deepEqual, match } from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_DIRECTORY } from '../../../src/cli/command.ts';
import { CONFIG_TEMPLATE } from '../../../src/cli/config-template.ts';
import { DEFAULT_DIRECTORY as CONFIGURED_DIRECTORY, configSchema, loadConfig } from '../../../src/config.ts';

describe('the configuration that init writes', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tessrax-config-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const load = (): ReturnType<typeof loadConfig> => loadConfig({ flags: { directory }, environment: {} });

  it('says what holds without it', async () => {
    const withoutFile = await load();
    await writeFile(join(directory, 'config.yaml'), CONFIG_TEMPLATE);
    deepEqual(await load(), withoutFile);
  });

  it('shows the defaults: with its comments taken away nothing changes either', async () => {
    const withoutFile = await load();
    const settings = CONFIG_TEMPLATE.replaceAll(/^#(?=[a-z_]+:| {2}- )/gm, '')
      .replaceAll(/^ {2}- \/dns4.*\n/gm, '')
      .replace('bootstrap:', 'bootstrap: []')
      .replace(/^psk:.*\n/m, ''); // the one setting without a default
    await writeFile(join(directory, 'config.yaml'), settings);
    deepEqual(await load(), withoutFile);
  });

  it('has every setting, and a schema for editors beside it that explains each', () => {
    const settings: unknown = Reflect.get(configSchema(), 'properties');
    const names = Object.entries(typeof settings === 'object' && settings !== null ? settings : {});
    deepEqual(names.length > 9, true);
    for (const [name, rule] of names) {
      deepEqual(typeof rule.description, 'string', name);
      if (name !== 'alone') match(CONFIG_TEMPLATE, new RegExp(`^#?${name}:`, 'm')); // a flag for once, not a setting to forget in a file
    }
  });

  it('belongs to the folder that commands look into', () => {
    deepEqual(DEFAULT_DIRECTORY, CONFIGURED_DIRECTORY);
  });
});
