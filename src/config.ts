/** What a node is told at its start: one schema, one precedence (flag, then environment, then file, then default). The only reader of the environment. */
import { readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { TessraxError } from './core/errors.ts';
import {
  API_HOSTS_MAX,
  CONFIG_FILE_BYTES_MAX,
  HEARTBEAT_INTERVAL_MS,
  HEARTBEAT_INTERVAL_MS_MAX,
} from './core/limits.ts';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export const CONFIG_FILE_NAME = 'config.yaml';
export const DEFAULT_DIRECTORY = './tessrax-data';

const hostPort = z.string().regex(/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/, 'must be HOST:PORT, such as 127.0.0.1:7420');
const hostName = z.string().regex(/^[A-Za-z0-9.-]{1,253}$/, 'must be the name of a host, such as node.example.org');
const multiaddr = z.string().startsWith('/', 'must be a multiaddr, such as /ip4/0.0.0.0/tcp/4001');

/** The members of config.yaml; every one has an environment variable TESSRAX_… and most have a flag. */
const schema = z.strictObject({
  key: z.string().min(1).default('node.key').describe('Keyfile of the node'),
  federation: z.string().min(1).default('federation.json').describe('Federation file'),
  listen: z
    .array(multiaddr)
    .max(16)
    .default(['/ip4/0.0.0.0/tcp/4001'])
    .describe('Where other nodes reach this one; port 0 takes a free one'),
  bootstrap: z
    .array(multiaddr)
    .max(256)
    .default([])
    .describe('Nodes to begin with, such as /dns4/node.example.org/tcp/4001/p2p/12D3KooW…'),
  mdns: z.boolean().default(true).describe('Look for nodes on the local network'),
  dht: z
    .enum(['lan', 'public', 'off'])
    .default('lan')
    .describe('The federation’s own DHT: with all addresses (lan), without private ones (public), or none'),
  psk: z
    .string()
    .min(1)
    .optional()
    .describe('File with a libp2p swarm key: nodes without the same key cannot connect at all'),
  api: hostPort.default('127.0.0.1:7420').describe('Where the HTTP API listens'),
  api_hosts: z
    .array(hostName)
    .max(API_HOSTS_MAX)
    .default([])
    .describe('Names, beside addresses and names without a dot, under which the API may be asked for'),
  api_token_file: z
    .string()
    .min(1)
    .default('api.token')
    .describe(
      'File with the bearer token for writing; made at the first start when the API listens beyond this machine',
    ),
  log_level: z.enum(LOG_LEVELS).default('info').describe('What is worth a line in the log'),
  alone: z
    .boolean()
    .default(false)
    .describe(
      'The first node of a federation: it may write without having asked anybody. On any other it risks the feed',
    ),
  heartbeat_interval_ms: z
    .number()
    .int()
    .min(100)
    .max(HEARTBEAT_INTERVAL_MS_MAX)
    .default(HEARTBEAT_INTERVAL_MS)
    .describe('Between two heartbeats while there is something new; idle ones are rarer'),
});

/** What editors check config.yaml against (JSON Schema 2020-12). */
export function configSchema(): object {
  return { title: 'Configuration of a Tessrax node', ...z.toJSONSchema(schema, { io: 'input' }) };
}

export type ConfigFile = z.input<typeof schema>;

/** A complete configuration; paths are absolute. */
export interface Config extends z.output<typeof schema> {
  readonly directory: string;
}

const ENVIRONMENT: Readonly<Record<string, (text: string) => unknown>> = {
  key: String,
  federation: String,
  listen: list,
  bootstrap: list,
  mdns: flag,
  dht: String,
  psk: String,
  api: String,
  api_hosts: list,
  api_token_file: String,
  log_level: String,
  alone: flag,
  heartbeat_interval_ms: Number,
};

export interface ConfigSources {
  /** What flags said; absent members were not given. */
  readonly flags: Readonly<Partial<Record<keyof ConfigFile | 'directory' | 'config', unknown>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Puts a configuration together. Throws `config_invalid` naming the member and where it came from, `config_missing`. */
export async function loadConfig({ flags, environment }: ConfigSources): Promise<Config> {
  const directory = resolve(String(flags.directory ?? environment['TESSRAX_DIR'] ?? DEFAULT_DIRECTORY));
  const named = flags.config ?? environment['TESSRAX_CONFIG'];
  const file = await readConfigFile(
    named === undefined ? join(directory, CONFIG_FILE_NAME) : resolve(String(named)),
    named !== undefined,
  );
  const merged: Record<string, unknown> = { ...file };
  for (const [name, read] of Object.entries(ENVIRONMENT)) {
    const text = environment[`TESSRAX_${name.toUpperCase()}`];
    if (text !== undefined && text !== '') merged[name] = read(text);
  }
  for (const name of Object.keys(ENVIRONMENT)) {
    const value = Object.entries(flags).find(([flagName]) => flagName === name)?.[1];
    // A relative path in a flag is relative to where the command was typed, one in the file to the node's folder.
    if (value !== undefined) merged[name] = PATHS.has(name) ? resolve(String(value)) : value;
  }
  const parsed = schema.safeParse(merged);
  if (!parsed.success) throw invalid(parsed.error);
  const absolute = (path: string): string => (isAbsolute(path) ? path : join(directory, path));
  const { key, federation, psk, api_token_file } = parsed.data;
  return {
    ...parsed.data,
    directory,
    key: absolute(key),
    federation: absolute(federation),
    ...(psk === undefined ? {} : { psk: absolute(psk) }),
    api_token_file: absolute(api_token_file),
  };
}

const PATHS: ReadonlySet<string> = new Set(['key', 'federation', 'psk', 'api_token_file']);

async function readConfigFile(path: string, required: boolean): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (!required && error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw new TessraxError('config_missing', `cannot read the configuration ${path}`, {
      remedy: 'tessrax init makes one; or name another with --config',
      cause: error,
    });
  }
  if (text.length > CONFIG_FILE_BYTES_MAX)
    throw new TessraxError('config_invalid', `${path} is too large to be a configuration`);
  try {
    const value: unknown = parseYaml(text, { maxAliasCount: 0 }) ?? {};
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new Error('it must be a mapping of names to values');
    return { ...value };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new TessraxError('config_invalid', `${path}: ${why}`, { cause: error });
  }
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

function flag(text: string): unknown {
  if (['1', 'true', 'yes', 'on'].includes(text.toLowerCase())) return true;
  if (['0', 'false', 'no', 'off'].includes(text.toLowerCase())) return false;
  return text;
}

function invalid(error: z.ZodError): TessraxError {
  const [issue] = error.issues;
  const member = issue?.path.join('.') ?? '';
  const unknown = issue?.code === 'unrecognized_keys';
  const what = unknown ? `there is no setting ${issue.keys.join(', ')}` : whatOf(issue);
  return new TessraxError('config_invalid', `configuration: ${member === '' ? '' : `${member}: `}${what}`, {
    remedy: unknown
      ? 'config.schema.json, which tessrax init makes, lists all settings'
      : `see the flag, TESSRAX_${String(issue?.path[0]).toUpperCase()}, and config.yaml`,
    fields: { member },
  });
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  number: 'a number',
  int: 'a whole number',
  string: 'text',
};

function whatOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'invalid_type') return issue?.message ?? 'not valid';
  return `must be ${KINDS[issue.expected] ?? issue.expected}`;
}
