/** `npm run bench -- NAME [--json] [--n N] [--runs N] [--nodes N] [--netns PREFIX] [--debounce MS] [--peers] [--profile DIR]` */
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { describeError, TessraxError } from '../src/core/errors.ts';
import { api } from './api.ts';
import { append } from './append.ts';
import type { Bench } from './bench.ts';
import { catchup } from './catchup.ts';
import { certify } from './certify.ts';
import { delta } from './delta.ts';
import { final } from './final.ts';
import { latency } from './latency.ts';
import { merkle } from './merkle.ts';
import { type Measurement, printJson, printTable } from './report.ts';
import { restart } from './restart.ts';
import { scale } from './scale.ts';
import { verify } from './verify.ts';
import { withPeers } from './versus.ts';
import { wire } from './wire.ts';

const BENCHES: readonly Bench[] = [
  append,
  api,
  verify,
  catchup,
  latency,
  restart,
  merkle,
  wire,
  certify,
  final,
  delta,
  scale,
];

const USAGE = `npm run bench -- NAME [--json] [--n N] [--runs N] [--nodes N] [--netns PREFIX] [--debounce MS] [--peers] [--profile DIR]

${BENCHES.map(({ name, summary }) => `  ${name.padEnd(10)}${summary}`).join('\n')}

  --json      one JSON object a line
  --n         size of the work, where the bench has one
  --runs      how often (1); below more than two rows of one kind the table gives their median
  --nodes     nodes of the latency bench (2), the final bench (4) and the scale bench (10 to 10,000)
  --netns     final: node 1 runs in the network namespace PREFIX1, and so on; as root
  --debounce  scale: how long a heartbeat waits for more changes, in ms (50)
  --peers     the same work by OrbitDB, Hypercore or negentropy, in turn (append, catchup, delta, latency)
  --profile   folder for CPU profiles of the processes measured (catchup)
`;

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  if (values.help) {
    process.stdout.write(USAGE);
    return;
  }
  const asked = findBench(positionals);
  const bench = values.peers ? await withPeers(asked) : asked;
  const options = {
    n: whole(values.n, '--n'),
    nodes: whole(values.nodes, '--nodes'),
    netns: values.netns,
    debounce: whole(values.debounce, '--debounce'),
    profile: await folder(values.profile),
  };
  const measurements: Measurement[] = [];
  for (let run = whole(values.runs, '--runs') ?? 1; run > 0; run--) {
    for await (const measurement of bench.run(options)) {
      measurements.push(measurement);
      if (values.json) printJson(bench.name, measurement);
    }
  }
  if (!values.json) printTable(bench.name, measurements);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        n: { type: 'string' },
        runs: { type: 'string' },
        nodes: { type: 'string' },
        netns: { type: 'string' },
        debounce: { type: 'string' },
        peers: { type: 'boolean', default: false },
        profile: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw usage(describeError(error));
  }
}

function findBench(positionals: readonly string[]): Bench {
  const [name, ...more] = positionals;
  const bench = BENCHES.find((known) => known.name === name);
  if (bench !== undefined && more.length === 0) return bench;
  const asked = bench === undefined ? `"${name ?? ''}" is not a bench` : 'one bench at a time';
  throw usage(`${asked}; there are ${BENCHES.map((known) => known.name).join(', ')}`);
}

function whole(text: string | undefined, flag: string): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw usage(`${flag} must be a whole number from 1`);
  return value;
}

async function folder(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  await mkdir(path, { recursive: true });
  return resolve(path);
}

function usage(message: string): TessraxError {
  return new TessraxError('usage', message, { remedy: 'npm run bench -- --help' });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`bench: ${describeError(error)}\n`);
  process.exitCode = error instanceof TessraxError && error.code === 'usage' ? 2 : 1;
}
