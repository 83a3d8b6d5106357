/** Hypercore 11 as a process of a bench: one writer's blocks in RocksDB, replicated over a TCP socket of its own protocol. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import Hypercore from 'hypercore';
import { fail, readArgument, serve, tell } from '../children/parent.ts';
import { bodies, cpuUs, end, microseconds } from './work.js';

const BATCH_BLOCKS = 1000;
const WARM_UP_APPENDS = 500;

const { role, directory, entries, port, key } = readArgument();
const ROLES = { append, provider, fetcher, reader };

/** Appends, each awaited; then as many in batches. */
async function append() {
  const core = await open();
  await core.append(bodies(2, WARM_UP_APPENDS));
  const blocks = bodies(3, entries);
  let started = performance.now();
  for (const block of blocks) await core.append(block);
  const awaited = (performance.now() - started) / 1000;
  const many = bodies(4, entries);
  started = performance.now();
  for (let at = 0; at < many.length; at += BATCH_BLOCKS) await core.append(many.slice(at, at + BATCH_BLOCKS));
  const batched = (performance.now() - started) / 1000;
  if (core.length !== WARM_UP_APPENDS + 2 * entries) throw new Error('hypercore: blocks are missing');
  await core.close();
  tell('done', { awaited_seconds: awaited, batch_seconds: batched });
  process.disconnect();
}

/** Holds `entries` blocks and serves whoever connects; appends one more when asked. */
async function provider() {
  const core = await open();
  const blocks = bodies(1, entries);
  for (let at = 0; at < blocks.length; at += BATCH_BLOCKS) await core.append(blocks.slice(at, at + BATCH_BLOCKS));
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    attach(socket, core, false);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fresh = bodies(7, 10_000);
  let appended = 0;
  serve(
    {
      async append() {
        const startedUs = microseconds();
        await core.append(fresh[appended++ % fresh.length]);
        return { at_us: startedUs };
      },
      cpu: async () => ({ us: cpuUs() }),
    },
    end,
  );
  tell('ready', { port: server.address().port, key: core.key.toString('hex') });
}

/** Fetches all blocks from the moment the secret connection stands; the last act is to flush RocksDB to its synced tables. */
async function fetcher() {
  const core = await open();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await attach(socket, core, true).noiseStream.opened;
  serve({}, end);
  const wireBefore = socket.bytesRead + socket.bytesWritten;
  const cpuBefore = cpuUs();
  const started = performance.now();
  tell('connected');
  await core.download({ start: 0, end: entries }).done();
  const held = performance.now();
  const wire = socket.bytesRead + socket.bytesWritten - wireBefore;
  await core.core.storage.store.db.flush();
  const durable = performance.now();
  if (core.length < entries || core.contiguousLength < entries) throw new Error('hypercore: blocks are missing');
  tell('done', {
    seconds: (durable - started) / 1000,
    flush_seconds: (durable - held) / 1000,
    wire_bytes: wire,
    cpu_us: cpuUs() - cpuBefore,
    rss_mb: process.resourceUsage().maxRSS / 1024,
  });
}

/** Tells of each block as it is verified and written. */
async function reader() {
  const core = await open();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await attach(socket, core, true).noiseStream.opened;
  serve({ status: async () => ({ height: core.contiguousLength }) }, end);
  await core.download({ start: 0, end: entries }).done();
  core.on('download', () => tell('stored', { at_us: microseconds() }));
  core.download({ start: entries, end: -1 });
  tell('ready');
}

async function open() {
  const core = new Hypercore(directory, key === undefined ? undefined : Buffer.from(key, 'hex'));
  await core.ready();
  return core;
}

function attach(socket, core, isInitiator) {
  const stream = core.replicate(isInitiator);
  socket.pipe(stream).pipe(socket);
  // Whoever stops first breaks the connection of the other.
  socket.on('error', () => undefined);
  stream.on('error', () => undefined);
  return stream;
}

await ROLES[role]().catch(fail);
