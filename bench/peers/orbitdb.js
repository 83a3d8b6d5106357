/** OrbitDB 4 as a process of a bench: an event log on Helia, blocks in LevelDB, libp2p over TCP. */
import { join } from 'node:path';
import { gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createOrbitDB, IPFSAccessController } from '@orbitdb/core';
import { LevelBlockstore } from 'blockstore-level';
import { createHelia } from 'helia';
import { fail, readArgument, serve, tell } from '../children/parent.ts';
import { bodies, cpuUs, end, microseconds } from './work.js';

const WARM_UP_APPENDS = 100;

const { role, directory, entries, address, database } = readArgument();
const ROLES = { append, provider, fetcher, reader };

/** Appends, each awaited. */
async function append() {
  const node = await start();
  const db = await create(node);
  for (const body of texts(2, WARM_UP_APPENDS)) await db.add(body);
  const works = texts(3, entries);
  const started = performance.now();
  for (const body of works) await db.add(body);
  const seconds = (performance.now() - started) / 1000;
  tell('done', { awaited_seconds: seconds });
  serve({}, end);
}

/** Holds `entries` entries and serves them; appends one more when asked. */
async function provider() {
  const node = await start();
  const db = await create(node);
  for (const body of texts(1, entries)) await db.add(body);
  const fresh = texts(7, 10_000);
  let appended = 0;
  serve(
    {
      async append() {
        const startedUs = microseconds();
        await db.add(fresh[appended++ % fresh.length]);
        return { at_us: startedUs };
      },
      cpu: async () => ({ us: cpuUs() }),
    },
    end,
  );
  const own = node.libp2p.getMultiaddrs()[0];
  tell('ready', { address: String(own), database: db.address });
}

/** Fetches all entries: from the moment the connection stands, when the log is opened, until it has joined the other's head. */
async function fetcher() {
  const node = await start();
  await node.libp2p.dial(multiaddr(address));
  serve({}, end);
  const cpuBefore = cpuUs();
  const started = performance.now();
  tell('connected');
  const db = await node.orbitdb.open(database);
  await new Promise((resolve) => db.events.on('update', resolve));
  const seconds = (performance.now() - started) / 1000;
  const cpu = cpuUs() - cpuBefore;
  const held = (await db.all()).length;
  if (held !== entries) throw new Error(`orbitdb: ${held} of ${entries} entries`);
  tell('done', { seconds, cpu_us: cpu, rss_mb: process.resourceUsage().maxRSS / 1024 });
}

/** Tells of each entry as it is joined. */
async function reader() {
  const node = await start();
  await node.libp2p.dial(multiaddr(address));
  const db = await node.orbitdb.open(database);
  const joined = new Promise((resolve) => db.events.on('join', resolve));
  db.events.on('update', () => tell('stored', { at_us: microseconds() }));
  serve({ status: async () => ({ height: (await db.all()).length }) }, end);
  await joined;
  tell('ready');
}

/** Everything durable in LevelDB, as OrbitDB's own documentation sets it up for Node; everybody may write. */
async function start() {
  const ipfs = createHelia({
    blockstore: new LevelBlockstore(join(directory, 'blocks')),
    libp2p: {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      peerDiscovery: [],
      services: { identify: identify(), pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }) },
    },
  });
  await ipfs.start();
  const orbitdb = await createOrbitDB({ ipfs, directory: join(directory, 'orbitdb') });
  return { libp2p: ipfs.libp2p, orbitdb };
}

async function create(node) {
  return await node.orbitdb.open('bench', {
    type: 'events',
    AccessController: IPFSAccessController({ write: ['*'] }),
  });
}

function texts(seed, count) {
  return bodies(seed, count).map((body) => body.toString());
}

await ROLES[role]().catch(fail);
