/**
 * A node on a real folder that is killed at one of its writes while a feed is sealed: `node seal-child.ts DIRECTORY SCENE WRITE MOMENT`.
 * MOMENT is `submitted` (the write is on its way to the disk) or `durable` (it is there, and nobody was told). Without WRITE it plays to
 * the end and prints how many writes there were.
 */
import type { StoreBatch } from '../../src/core/events.ts';
import type { Store } from '../../src/ports.ts';
import { openAlice, play, SCENES } from '../unit/sealed-scene.ts';

const [, , directory = '', name = '', write = '0', moment = ''] = process.argv;
const scene = SCENES.find((each) => each === name);
if (scene === undefined) throw new Error(`no scene ${name}`);
let writes = 0;

/** The same store, but for the write that it does not survive. */
function mortal(store: Store): Store {
  return new Proxy(store, {
    get(target, member) {
      if (member === 'write') return (batch: StoreBatch) => writeOrDie(target, batch);
      const value: unknown = Reflect.get(target, member);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

async function writeOrDie(store: Store, batch: StoreBatch): Promise<void> {
  writes += 1;
  const last = writes === Number(write);
  const done = store.write(batch);
  if (last && moment === 'submitted') setImmediate(die);
  await done;
  if (last) die();
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

const store = await openAlice(directory);
await play(scene, mortal(store));
await store.close();
process.stdout.write(`${writes}\n`);
