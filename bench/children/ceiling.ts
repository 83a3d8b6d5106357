/**
 * What one process could do without a network: take the stored bytes of the same receipts, hash body and header, verify every signature
 * on the same worker pool, and write them durably through the same store. No JSON check, no Merkle tree, no journal, no protocol.
 */

import type { Config } from '../../src/config.ts';
import { BinaryReader } from '../../src/core/binary.ts';
import { equalBytes } from '../../src/core/bytes.ts';
import { readEntry } from '../../src/core/entry/codec.ts';
import { receiptHash, ZERO_HASH } from '../../src/core/entry/header.ts';
import { TessraxError } from '../../src/core/errors.ts';
import type { PlacedEntry, SignatureJob } from '../../src/core/events.ts';
import { DELTA_ENTRIES_MAX, DELTAS_IN_FLIGHT_MAX } from '../../src/core/limits.ts';
import { publicKeyOf } from '../../src/core/peer-id.ts';
import { sha256 } from '../../src/core/sha256-node.ts';
import type { Store, Verifier } from '../../src/ports.ts';
import { openLevelStore } from '../../src/store/level-store.ts';
import { createVerifierPool } from '../../src/verify/pool.ts';
import { fail, readArgument, tell } from './parent.ts';

interface Argument {
  readonly config: Config;
  readonly federation: string;
  readonly origin: string;
  readonly entries: number;
  /** A new folder for what is written. */
  readonly target: string;
}

async function main(): Promise<void> {
  const { config, federation, origin, entries: count, target } = readArgument<Argument>();
  const source = await openLevelStore({ directory: config.directory, federation, node: origin });
  const entries: PlacedEntry[] = [];
  for await (const entry of source.iterate('ledger', { origin, from: 0, to: count })) entries.push(ownBytes(entry));
  await source.close();
  const store = await openLevelStore({ directory: target, federation, node: origin });
  const verifier = createVerifierPool();
  await verifier.verify(jobsOf(entries.slice(0, DELTA_ENTRIES_MAX), federation, ZERO_HASH)); // starts the threads
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await run(entries, federation, verifier, store);
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  await verifier.close();
  await store.close();
  tell('done', { seconds, cpu_us: cpu.user + cpu.system });
  process.disconnect();
}

async function run(
  entries: readonly PlacedEntry[],
  federation: string,
  verifier: Verifier,
  store: Store,
): Promise<void> {
  const underWay: Promise<void>[] = [];
  let prev: Uint8Array = ZERO_HASH;
  for (let at = 0; at < entries.length; at += DELTA_ENTRIES_MAX) {
    const some = entries.slice(at, at + DELTA_ENTRIES_MAX);
    const jobs = jobsOf(some, federation, prev);
    prev = some.at(-1)?.hash ?? prev;
    underWay.push(verifyAndStore(some, jobs, verifier, store));
    if (underWay.length >= DELTAS_IN_FLIGHT_MAX) await underWay.shift();
  }
  await Promise.all(underWay);
}

async function verifyAndStore(
  entries: readonly PlacedEntry[],
  jobs: SignatureJob[],
  verifier: Verifier,
  store: Store,
): Promise<void> {
  const valid = await verifier.verify(jobs);
  if (!valid.every(Boolean)) throw new TessraxError('bench_invalid', 'a signature of the bench is not valid');
  await store.write({ entries, heads: [], subtrees: [], statements: [] });
}

function jobsOf(entries: readonly PlacedEntry[], federation: string, before: Uint8Array): SignatureJob[] {
  let prev = before;
  return entries.map((entry) => {
    const { origin, log, seq, bytes } = entry;
    const { type, timestampMs, nonce, signature, body } = readEntry(new BinaryReader(bytes));
    const hash = receiptHash({
      federation,
      log,
      type,
      origin,
      seq,
      prev,
      nonce,
      timestampMs,
      bodyHash: sha256(body),
      bodySize: body.length,
    });
    if (!equalBytes(hash, entry.hash))
      throw new TessraxError('bench_invalid', `entry ${seq} of the bench has another hash`);
    prev = hash;
    return { domain: 'entry', key: keyOf(origin), hash, signature };
  });
}

const keys = new Map<string, Uint8Array>();
function keyOf(origin: string): Uint8Array {
  const key = keys.get(origin) ?? publicKeyOf(origin) ?? ZERO_HASH;
  keys.set(origin, key);
  return key;
}

/** The store hands out windows into larger blocks. */
function ownBytes(entry: PlacedEntry): PlacedEntry {
  return { ...entry, bytes: Uint8Array.from(entry.bytes), hash: Uint8Array.from(entry.hash) };
}

await main().catch(fail);
