/** One line that says what an entry is about. */
import type { JsonObject, JsonValue } from '../../src/core/entry/canonical-json.ts';
import { isObject } from '../../src/core/entry/types.ts';
import { asList, asObject, asText } from '../node/answers.ts';
import { shortPeer } from '../node/standing.ts';
import { formatNumber } from './format.ts';

const LENGTH_MAX = 240;
/** Header members: they have columns of their own. */
const HEADER = new Set(
  'v federation log type origin seq prev nonce timestamp body_hash body_size hash signature'.split(' '),
);

export function summaryOf(entry: JsonObject): string {
  switch (entry['type']) {
    case 'SCAR':
      return asText(entry['summary']);
    case 'REVOCATION':
      return `revokes ${shortPeer(asText(entry['target']))}: ${asText(entry['reason'])}`;
    case 'GOVERNANCE':
      return pairs(entry, HEADER);
    case 'SYNC_EVENT':
      return `${counted(entry)} of ${feedsOf(entry)}`;
    case 'SYNC_CONFIRMED':
      return `${counted(entry)} of ${feedsOf(entry)}, height then ${formatNumber(Number(entry['ledger_height']))}`;
    default:
      return pairs(isObject(entry['payload']) ? entry['payload'] : entry, HEADER);
  }
}

function counted(entry: JsonObject): string {
  const count = Number(entry['entries']);
  return `${formatNumber(count)} ${count === 1 ? 'entry' : 'entries'}`;
}

function feedsOf(entry: JsonObject): string {
  const origins = asList(entry['ranges']).map((range) => shortPeer(asText(asList(range)[0])));
  return origins.length > 3 ? `${origins.length} feeds` : origins.join(', ');
}

function pairs(object: JsonObject, leaveOut: ReadonlySet<string>): string {
  let text = '';
  for (const [name, value] of Object.entries(object)) {
    if (leaveOut.has(name)) continue;
    text += `${text === '' ? '' : ' · '}${name} ${plain(value)}`;
    if (text.length > LENGTH_MAX) return text.slice(0, LENGTH_MAX);
  }
  return text;
}

function plain(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return `[${value.length}]`;
  if (isObject(value)) return `{${Object.keys(asObject(value)).length}}`;
  return String(value);
}
