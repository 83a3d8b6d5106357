/**
 * A node inside your own program. Make its folder first:
 *
 *   npx tessrax init --dir embedded
 *   npx tessrax federation create --name Example --witness PEER@Organisation --out embedded/federation.json
 *   node examples/embed.ts embedded
 *
 * (PEER is the peer ID that `init` prints; from a checkout, `npm run build` comes before all that.)
 */
import { createNode, TessraxClient, TessraxError } from '@tessrax/federation';

const [directory = 'embedded'] = process.argv.slice(2);

// The only node of its federation, so it may write without having asked anybody (alone). It looks for nobody either.
const node = await createNode({ directory, listen: ['/ip4/127.0.0.1/tcp/0'], mdns: false, dht: 'off', alone: true });
console.log(`node ${node.peerId} listens at ${node.addresses.join(' ')}`);

const unsubscribe = node.subscribe((event) => {
  if (event.name === 'entry') console.log(`stored: ${event.type} ${event.hash.slice(0, 16)}… at ${event.seq}`);
});

// Durable when it resolves; final when a threshold of the witnesses, here this node alone, has certified it.
const [appended] = await node.append({ payload: { job: 'nightly', ok: true } });
if (appended === undefined) throw new Error('nothing was stored');
await node.final(appended);
console.log('final:', JSON.stringify(await node.get(appended.hash)));
console.log('proof:', Object.keys((await node.prove(appended.hash)) ?? {}).join(', '));

// What is wrong comes as one kind of error, with a code.
try {
  await node.append([{ payload: {} }, { payload: 'no object' }]);
} catch (error) {
  if (!(error instanceof TessraxError)) throw error;
  console.log(`refused: ${error.code} (entry ${error.fields['index']}): ${error.message}`);
}

// The same node, over HTTP, as another program would ask it.
const client = new TessraxClient(node.apiUrl);
const { height, certified_height: certified } = await client.status();
console.log(`height ${height}, final ${certified}`);

unsubscribe();
await node.stop();
