/** Entries as lines for people: when, whose, what. */
import type { JsonObject } from '../core/entry/canonical-json.ts';
import { RESERVED_MEMBERS } from '../core/entry/flat.ts';
import { numberIn, textIn } from './answers.ts';
import { timeText } from './output.ts';
import { type Column, cut, tableLines } from './table.ts';

/** The end of a peer ID tells peers apart; the beginning is the same for all. */
const PEER_TAIL_LENGTH = 8;
/** More of a body than any terminal shows on one line. */
const CONTENT_LENGTH_MAX = 400;

const COLUMNS: readonly Column[] = [
  { title: 'TIME (UTC)' },
  { title: 'ORIGIN' },
  { title: 'SEQ', align: 'right' },
  { title: 'TYPE' },
  { title: 'HASH', widthMin: 12 },
  { title: 'CONTENT', widthMin: 16, optional: true },
];
/** The same for lines that come one after the other: none knows how wide the next one is. */
const STEADY_WIDTHS: Readonly<Record<string, number>> = { SEQ: 6, TYPE: 7, HASH: 64, CONTENT: CONTENT_LENGTH_MAX };
const STEADY_COLUMNS: readonly Column[] = COLUMNS.map((column) => ({
  ...column,
  widthLeast: STEADY_WIDTHS[column.title] ?? 0,
}));

export function entryLines(entries: readonly JsonObject[], width: number): string[] {
  return tableLines(COLUMNS, entries.map(entryRow), width);
}

/** The same in columns that later lines will have too. */
export function steadyEntryLines(entries: readonly JsonObject[], width: number): string[] {
  return tableLines(STEADY_COLUMNS, entries.map(entryRow), width);
}

/** `…` and the last letters. */
export function shortPeer(peer: string): string {
  return `…${peer.slice(-PEER_TAIL_LENGTH)}`;
}

function entryRow(flat: JsonObject): string[] {
  return [
    timeText(numberIn(flat, 'timestamp')),
    shortPeer(textIn(flat, 'origin')),
    String(numberIn(flat, 'seq')),
    textIn(flat, 'type'),
    textIn(flat, 'hash'),
    cut(JSON.stringify(contentOf(flat)), CONTENT_LENGTH_MAX),
  ];
}

/** The payload of a receipt, or all that is not in every header. */
function contentOf(flat: JsonObject): unknown {
  if (flat['type'] === 'RECEIPT') return flat['payload'];
  return Object.fromEntries(Object.entries(flat).filter(([name]) => !RESERVED_MEMBERS.has(name)));
}
