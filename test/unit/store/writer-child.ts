/**
 * A process that writes to the store in the folder it is given, several batches at a time, and prints the number of each batch when it
 * is acknowledged. It writes until it is killed or a write fails; then it prints the error's code, closes the store and ends.
 */
import { TessraxError } from '../../../src/core/errors.ts';
import { openLevelStore } from '../../../src/store/level-store.ts';
import { CrashFixture } from './crash-fixture.ts';
import { FEDERATION, NODE } from './folders.ts';

const WRITES_AT_ONCE = 4;
const [, , directory = ''] = process.argv;
const store = await openLevelStore({ directory, federation: FEDERATION, node: NODE });
const fixture = new CrashFixture();
let failure: unknown;

async function writeOn(): Promise<void> {
  while (failure === undefined) {
    const number = fixture.count;
    try {
      await store.write(fixture.next());
      process.stdout.write(`${number}\n`);
    } catch (error) {
      failure = error;
    }
  }
}

await Promise.all(Array.from({ length: WRITES_AT_ONCE }, writeOn));
process.stdout.write(`${failure instanceof TessraxError ? failure.code : failure}\n`);
await store.close();
