/** One line that says what an entry is about. */
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { isObject } from '../../src/core/entry/types.ts';
import { asList, asText } from '../node/answers.ts';
import { formatNumber } from './format.ts';

const LENGTH_MAX = 240;
/** Header members: they have columns of their own. */
const HEADER = new Set(
  'v federation log type origin seq prev nonce timestamp body_hash body_size hash signature'.split(' '),
);

/** What says most comes first; of the rest, what is no list and no object. */
const TELLING = [
  'summary',
  'title',
  'event',
  'directive',
  'interpretation',
  'status',
  'id',
  'receipt_id',
  'name',
  'kind',
];

/** `nameOf` gives a member's name by its peer ID. */
export function summaryOf(entry: JsonObject, nameOf: (peer: string) => string): string {
  switch (entry['type']) {
    case 'SCAR':
      return withNames(asText(entry['summary']), nameOf);
    case 'REVOCATION':
      return `revokes ${nameOf(asText(entry['target']))}: ${asText(entry['reason'])}`;
    case 'GOVERNANCE':
      return pairs(entry, HEADER);
    case 'SYNC_EVENT':
      return `${counted(entry)} of ${feedsOf(entry, nameOf)}`;
    case 'SYNC_CONFIRMED':
      return `${counted(entry)} of ${feedsOf(entry, nameOf)}, height then ${formatNumber(Number(entry['ledger_height']))}`;
    default:
      return pairs(isObject(entry['payload']) ? entry['payload'] : entry, HEADER);
  }
}

/** Peer IDs in a text, as the names of those they are. */
export function withNames(text: string, nameOf: (peer: string) => string): string {
  return text.replace(/12D3KooW[1-9A-HJ-NP-Za-km-z]{44}/g, nameOf);
}

function counted(entry: JsonObject): string {
  const count = Number(entry['entries']);
  return `${formatNumber(count)} ${count === 1 ? 'entry' : 'entries'}`;
}

function feedsOf(entry: JsonObject, nameOf: (peer: string) => string): string {
  const origins = asList(entry['ranges']).map((range) => nameOf(asText(asList(range)[0])));
  return origins.length > 3 ? `${origins.length} feeds` : origins.join(', ');
}

function pairs(object: JsonObject, leaveOut: ReadonlySet<string>): string {
  const names = Object.keys(object).filter((name) => !leaveOut.has(name));
  const ordered = [
    ...TELLING.filter((name) => names.includes(name)),
    ...names.filter((name) => !TELLING.includes(name)),
  ];
  let text = '';
  for (const name of ordered) {
    const value = object[name];
    if (value === undefined || value === null || typeof value === 'object') continue;
    text += `${text === '' ? '' : ' · '}${TELLING[0] === name ? '' : `${name} `}${value}`;
    if (text.length > LENGTH_MAX) return text.slice(0, LENGTH_MAX);
  }
  return text;
}
