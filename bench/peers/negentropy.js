/** Negentropy in its published JavaScript (nostr-tools' NIP-77 module): both sides in one process, messages in hexadecimal. */
import { createHash } from 'node:crypto';
import { fail, readArgument, tell } from '../children/parent.ts';
// The package does not export it under its name.
import { Negentropy, NegentropyStorageVector } from './node_modules/nostr-tools/lib/esm/nip77.js';

const ID_BYTES = 32;
/** More than any message here needs: it is as long as it likes, which gives the fewest rounds. */
const FRAME_BYTES_MAX = 256 * 1024 * 1024;

function main() {
  const { held, cases } = readArgument();
  const ids = Array.from({ length: held }, (_, i) => createHash('sha256').update(`entry ${i}`).digest('hex'));
  const full = storage(ids, () => true);
  const results = cases.map(({ missing, pattern }) => {
    // Scattered: every so many in the order of time. Newest: the last ones.
    const isMissing =
      pattern === 'scattered'
        ? (i) => Math.floor(((i + 1) * missing) / held) !== Math.floor((i * missing) / held)
        : (i) => i >= held - missing;
    return {
      missing,
      pattern,
      ...reconcile(
        full,
        storage(ids, (i) => !isMissing(i)),
        missing,
      ),
    };
  });
  tell('done', { results });
  process.disconnect();
}

/**
 * Rounds, bytes both ways, and CPU of both sides, until the side that lacks knows what. The module is a relay's client: it does not
 * answer a list of IDs with a list of its own, as a relay does. What the holder sees to be missing in such a list is therefore counted
 * with the 32 bytes each that a relay's answer has at least (it lists the whole range).
 */
function reconcile(holder, lacking, missing) {
  const server = new Negentropy(holder, FRAME_BYTES_MAX);
  const client = new Negentropy(lacking, FRAME_BYTES_MAX);
  const found = new Set();
  const add = (id) => found.add(id);
  const addAndTell = (id) => {
    found.add(id);
    bytes += ID_BYTES;
  };
  const ignore = () => undefined;
  let bytes = 0;
  let rounds = 0;
  const before = process.cpuUsage();
  let question = client.initiate();
  while (question !== null) {
    bytes += question.length / 2;
    rounds += 1;
    const answer = server.reconcile(question, addAndTell, ignore);
    bytes += (answer?.length ?? 0) / 2;
    question = answer === null ? null : client.reconcile(answer, ignore, add);
  }
  const { user, system } = process.cpuUsage(before);
  if (found.size !== missing) throw new Error(`negentropy: found ${found.size} of ${missing}`);
  return { rounds, bytes, cpu_ms: (user + system) / 1000 };
}

function storage(ids, has) {
  const vector = new NegentropyStorageVector();
  ids.forEach((id, i) => {
    if (has(i)) vector.insert(1_700_000_000 + i, id);
  });
  vector.seal();
  return vector;
}

try {
  main();
} catch (error) {
  fail(error);
}
