/** Receipts as automation writes them: names, numbers, hashes, a line of text. The same for the same seed. */
import type { Draft } from '../src/core/events.ts';

/** Canonical JSON of each body. */
export const BODY_BYTES = 300;

const ACTORS = ['audit-engine', 'policy-gate', 'ledger-writer', 'drift-monitor'];
const STATUSES = ['verified', 'pending', 'rejected'];
const WORDS = 'claim memory receipt drift policy verdict trace anchor quorum signal scar merge review export'.split(
  ' ',
);

/** Drafts for ever; `seed` is a whole number. */
export function* receipts(seed: number): Generator<Draft, never> {
  const random = dice(seed);
  for (let number = 0; ; number++) yield { type: 'RECEIPT', body: { payload: payload(number, random) } };
}

export function takeReceipts(seed: number, count: number): Draft[] {
  const source = receipts(seed);
  return Array.from({ length: count }, () => source.next().value);
}

function payload(number: number, random: () => number): Record<string, string | number> {
  const fields = {
    actor: pick(ACTORS, random),
    audit_hash: Array.from({ length: 8 }, () => hex8(random)).join(''),
    directive: `AUTO-${String(number).padStart(8, '0')}`,
    duration_ms: 1 + Math.floor(random() * 9000),
    integrity: Math.floor(random() * 10_000) / 10_000,
    note: '',
    status: pick(STATUSES, random),
  };
  let note = pick(WORDS, random);
  const room = BODY_BYTES - JSON.stringify({ payload: fields }).length;
  while (note.length < room) note += ` ${pick(WORDS, random)}`;
  return { ...fields, note: note.slice(0, room) };
}

function pick(values: readonly string[], random: () => number): string {
  return values[Math.floor(random() * values.length)] ?? '';
}

function hex8(random: () => number): string {
  return Math.floor(random() * 0x1_0000_0000)
    .toString(16)
    .padStart(8, '0');
}

/** Mulberry32: numbers in [0, 1). */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
