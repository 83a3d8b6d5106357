/** A node in a process of its own, to be stopped and killed: `node child.ts KEY(base64) BOOTSTRAP [SAVED(base64)]`. Prints its reports. */
import { TestNode } from './node.ts';

const [keyText = '', bootstrap = ''] = process.argv.slice(2);
const [peer = '', protobuf = ''] = keyText.split(',');
const node = new TestNode({ peer, protobuf: Buffer.from(protobuf, 'base64') }, { bootstrap: [bootstrap] });
node.react = (report) => process.stdout.write(`${report.kind}\n`);
await node.start();
