/** tessrax start: a node, until a signal or a failure ends it. */
import { type Command, Option } from 'commander';
import type { RunningNode } from '../compose.ts';
import { describeError, TessraxError } from '../core/errors.ts';
import { STOP_MS_MAX } from '../core/limits.ts';
import type { Log } from '../ports.ts';
import { collect, commandWith, directoryOption, type JsonOption } from './command.ts';
import { EXIT } from './exit.ts';
import { printJson, printText } from './output.ts';

interface Options extends JsonOption {
  readonly dir?: string;
  readonly key?: string;
  readonly federation?: string;
  readonly config?: string;
  readonly listen?: readonly string[];
  readonly bootstrap?: readonly string[];
  readonly mdns?: boolean;
  readonly dht?: string;
  readonly psk?: string;
  readonly api?: string;
  readonly logLevel?: string;
}

export function command(): Command {
  return commandWith(
    'start',
    'Run a node. Settings come from flags, then the environment (TESSRAX_…), then config.yaml in its folder.',
    [
      'tessrax start --dir tessrax-data --listen /ip4/0.0.0.0/tcp/4001 --bootstrap /ip4/192.0.2.7/tcp/4001/p2p/12D3KooW…',
    ],
  )
    .addOption(directoryOption('folder of the node (default: ./tessrax-data)'))
    .option('--key <file>', 'keyfile')
    .option('--federation <file>', 'federation file')
    .option('--config <file>', 'configuration, instead of config.yaml in the folder')
    .option('--listen <multiaddr>', 'where other nodes reach this one; give it once for each', collect)
    .option('--bootstrap <multiaddr>', 'a node to begin with; give it once for each', collect)
    .option('--mdns', 'look for nodes on the local network')
    .option('--no-mdns', 'do not')
    .addOption(new Option('--dht <mode>', 'the DHT of the federation').choices(['lan', 'public', 'off']))
    .option('--psk <file>', 'swarm key: nodes without the same key cannot connect')
    .option('--api <host:port>', 'where the HTTP API listens; port 0 takes a free one')
    .option('--alone', 'this is the first node of its federation: it may write before any peer has answered')
    .option('--log-level <level>', 'debug, info, warn, error or silent')
    .action(start);
}

async function start(options: Options): Promise<void> {
  // libp2p and the rest take a third of a second to load: the help of this command does without.
  const [{ loadConfig }, { startNode }, { createNodeLog }] = await Promise.all([
    import('../config.ts'),
    import('../compose.ts'),
    import('./node-log.ts'),
  ]);
  const { dir, logLevel, json, ...named } = options;
  const config = await loadConfig({
    flags: {
      ...named,
      ...(dir === undefined ? {} : { directory: dir }),
      ...(logLevel === undefined ? {} : { log_level: logLevel }),
    },
    environment: process.env,
  });
  const signals = new Signals();
  let node: RunningNode;
  const log = createNodeLog(config.log_level);
  try {
    node = await startNode(config, log);
  } catch (error) {
    throw nextStep(error, config.directory);
  }
  announce(node, json === true);
  await runUntilEnd(node, signals, log);
  // What the node left open (a socket that lingers, a worker) must not keep the process.
  process.exit(process.exitCode ?? EXIT.done);
}

function announce({ handle, apiUrl }: RunningNode, json: boolean): void {
  const addresses = handle.addresses();
  if (json) printJson({ peer_id: handle.peerId, addresses, api: apiUrl });
  else
    printText(
      `node ${handle.peerId} is up, API ${apiUrl}, reachable at ${addresses.length === 0 ? 'no address' : addresses.join(' ')}`,
    );
}

/** A missing key or federation file is what a first start meets: say how to go on. */
function nextStep(error: unknown, directory: string): unknown {
  if (!(error instanceof TessraxError) || error.code !== 'keyfile_missing') return error;
  return new TessraxError(error.code, error.message, {
    remedy: `tessrax init --dir ${directory} makes one`,
    fields: error.fields,
    cause: error,
  });
}

async function runUntilEnd(node: RunningNode, signals: Signals, log: Log): Promise<void> {
  const failure = await Promise.race([signals.first, node.failed.catch((error: unknown) => ({ error }))]);
  if (typeof failure === 'object') {
    process.stderr.write(`tessrax: the node cannot go on: ${describeError(failure.error)}\n`);
    process.exitCode = EXIT.no;
  } else log.info('stopping', { signal: failure });
  try {
    await withDeadline(node.stop());
    log.info('stopped');
  } catch (error) {
    process.stderr.write(`tessrax: stopping: ${describeError(error)}\n`);
    process.exitCode = EXIT.no;
  }
}

async function withDeadline(stopping: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new TessraxError('stop_timeout', `the node did not stop within ${STOP_MS_MAX / 1000} seconds and was ended`, {
          remedy: 'everything acknowledged is on disk',
        }),
      );
    }, STOP_MS_MAX);
  });
  try {
    await Promise.race([stopping, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

/** SIGINT and SIGTERM: the first asks for an orderly end, the second ends at once. */
class Signals {
  readonly first: Promise<NodeJS.Signals>;
  #received = 0;

  constructor() {
    this.first = new Promise((resolve) => {
      const onSignal = (signal: NodeJS.Signals): void => {
        this.#received++;
        if (this.#received > 1) process.exit(EXIT.no);
        resolve(signal);
      };
      process.on('SIGINT', onSignal);
      process.on('SIGTERM', onSignal);
    });
  }
}
