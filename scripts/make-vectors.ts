/**
 * Writes test/vectors/*.json from fixed seeds: `node scripts/make-vectors.ts`. The same files on every run; a test compares them with
 * what is committed, so that a change of the protocol's bytes cannot pass unseen.
 */
import { writeFileSync } from 'node:fs';
import type { JsonObject } from '../src/core/entry/canonical-json.ts';
import { entryVectors } from './vectors/entries.ts';
import { epochVectors } from './vectors/epochs.ts';
import { federationVectors, ledgerVectors } from './vectors/federation.ts';
import { feedVectors } from './vectors/feeds.ts';
import { heartbeatVectors, messageVectors } from './vectors/messages.ts';
import { mutationVectors } from './vectors/mutations.ts';
import { proofVectors } from './vectors/proofs.ts';
import { refusalVectors } from './vectors/refusals.ts';
import { refusedProofVectors } from './vectors/refused-proofs.ts';

export const VECTOR_FILES: ReadonlyMap<string, () => JsonObject> = new Map([
  ['entries.json', entryVectors],
  ['epochs.json', epochVectors],
  ['federation.json', federationVectors],
  ['feeds.json', feedVectors],
  ['heartbeats.json', heartbeatVectors],
  ['ledger.json', ledgerVectors],
  ['messages.json', messageVectors],
  ['mutations.json', mutationVectors],
  ['proofs.json', proofVectors],
  ['refusals.json', refusalVectors],
  ['refused-proofs.json', refusedProofVectors],
]);

/** A triple of places and a code, over five lines. */
const RANGE = /\[\s+(\d+),\s+(\d+),\s+(null|"\w+")\s+\]/g;

export function vectorText(vectors: JsonObject): string {
  return `${JSON.stringify(vectors, null, 2).replace(RANGE, '[$1, $2, $3]')}\n`;
}

if (import.meta.main) {
  for (const [name, make] of VECTOR_FILES) {
    writeFileSync(new URL(`../test/vectors/${name}`, import.meta.url), vectorText(make()));
  }
}
