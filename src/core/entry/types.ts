/** The schemas of the entry types this version interprets. Other types are carried and kept. */
import { fromHex } from '../bytes.ts';
import type { FeedRange, SignatureJob } from '../events.ts';
import { GOVERNANCE_TYPE, governanceRefusal } from '../federation/governance-body.ts';
import type { LogName } from '../ledger/feed.ts';
import {
  DELTA_ENTRIES_MAX,
  DELTA_RUNS_MAX,
  REVOCATION_REASON_LENGTH_MAX,
  SCAR_NAME_LENGTH_MAX,
  SCAR_REVIEWERS_MAX,
  SCAR_TEXT_LENGTH_MAX,
} from '../limits.ts';
import { type PeerIdText, publicKeyOf } from '../peer-id.ts';
import type { JsonObject, JsonValue } from './canonical-json.ts';
import { HASH_BYTES, SIGNATURE_BYTES } from './header.ts';

/** Target of a SYNC_EVENT that was pushed to everyone. */
export const EVERYONE = '*';
const RESOLUTIONS: ReadonlySet<JsonValue | undefined> = new Set(['quarantine', 'reform', 'rollback', 'policy_patch']);
const AUTHORS: ReadonlySet<JsonValue | undefined> = new Set(['engine', 'human', 'hybrid']);

/** A range in a body: [origin, from, to). */
export type RangeJson = [string, number, number];

interface Schema {
  readonly log: LogName;
  readonly required: ReadonlyMap<string, (value: JsonValue) => boolean>;
  readonly optional: ReadonlyMap<string, (value: JsonValue) => boolean>;
}

const SCHEMAS: ReadonlyMap<string, Schema> = new Map<string, Schema>([
  ['RECEIPT', { log: 'ledger', required: new Map([['payload', isObject]]), optional: new Map() }],
  [
    'SCAR',
    {
      log: 'ledger',
      required: new Map<string, (value: JsonValue) => boolean>([
        ['id', isText(SCAR_NAME_LENGTH_MAX)],
        ['origin_event', isText(SCAR_NAME_LENGTH_MAX)],
        ['resolution', (value) => RESOLUTIONS.has(value)],
        ['summary', isText(SCAR_TEXT_LENGTH_MAX)],
        ['author', (value) => AUTHORS.has(value)],
        ['verdict_hash', isHash],
        ['reviewers', isReviewers],
      ]),
      optional: new Map([['payload', isObject]]),
    },
  ],
  [
    'REVOCATION',
    {
      log: 'ledger',
      required: new Map<string, (value: JsonValue) => boolean>([
        ['target', isPeer],
        ['reason', isText(REVOCATION_REASON_LENGTH_MAX)],
      ]),
      optional: new Map(),
    },
  ],
  [
    'SYNC_EVENT',
    {
      log: 'journal',
      required: new Map<string, (value: JsonValue) => boolean>([
        ['target', (value) => value === EVERYONE || isPeer(value)],
        ['delta_merkle_root', isHash],
        ['entries', isCount(DELTA_ENTRIES_MAX)],
        ['ranges', isRanges],
      ]),
      optional: new Map(),
    },
  ],
  [
    'SYNC_CONFIRMED',
    {
      log: 'journal',
      required: new Map<string, (value: JsonValue) => boolean>([
        ['source', isPeer],
        ['event', isHash],
        ['entries', isCount(DELTA_ENTRIES_MAX)],
        ['ranges', isRanges],
        ['ledger_height', isCount(Number.MAX_SAFE_INTEGER)],
        ['ledger_root', isHash],
      ]),
      optional: new Map(),
    },
  ],
]);

/** Says why a body of a known type is refused; undefined when it is fine or the type is not interpreted. */
export function schemaRefusal(type: string, log: LogName, body: JsonObject): string | undefined {
  if (type === GOVERNANCE_TYPE)
    return log === 'ledger' ? governanceRefusal(body) : `${type} does not belong in a ${log}`;
  const schema = SCHEMAS.get(type);
  if (schema === undefined) return undefined;
  if (schema.log !== log) return `${type} does not belong in a ${log}`;
  for (const [name, check] of schema.required) {
    const value = body[name];
    if (value === undefined || !Object.hasOwn(body, name)) return `${type} lacks "${name}"`;
    if (!check(value)) return `"${name}" of ${type} has a wrong value`;
  }
  for (const name of Object.keys(body)) {
    if (schema.required.has(name)) continue;
    const check = schema.optional.get(name);
    const value = body[name];
    if (check === undefined || value === undefined) return `${type} has no member "${name}"`;
    if (!check(value)) return `"${name}" of ${type} has a wrong value`;
  }
  return coverageRefusal(type, body);
}

/** Both statements of a synchronisation count what their ranges cover; a SYNC_EVENT covers something. */
function coverageRefusal(type: string, body: JsonObject): string | undefined {
  if (type !== 'SYNC_EVENT' && type !== 'SYNC_CONFIRMED') return undefined;
  const covered = readRanges(body['ranges'])?.reduce((sum, { from, to }) => sum + to - from, 0);
  if (covered !== body['entries']) return `"entries" of ${type} is not what its ranges cover`;
  return type === 'SYNC_EVENT' && covered === 0 ? 'a SYNC_EVENT of nothing' : undefined;
}

/** The reviewer signatures of a SCAR, to be checked with the entry's own: each is over `verdict_hash`. */
export function reviewJobs(type: string, body: JsonObject): SignatureJob[] {
  if (type !== 'SCAR') return [];
  const hash = typeof body['verdict_hash'] === 'string' ? fromHex(body['verdict_hash'], HASH_BYTES) : undefined;
  if (hash === undefined || !Array.isArray(body['reviewers'])) return [];
  const jobs: SignatureJob[] = [];
  for (const reviewer of body['reviewers']) {
    if (!isObject(reviewer) || typeof reviewer['peer'] !== 'string' || typeof reviewer['signature'] !== 'string')
      continue;
    const key = publicKeyOf(reviewer['peer']);
    const signature = fromHex(reviewer['signature'], SIGNATURE_BYTES);
    if (key !== undefined && signature !== undefined) jobs.push({ domain: 'review', key, hash, signature });
  }
  return jobs;
}

export interface SyncEventBody {
  readonly target: PeerIdText | typeof EVERYONE;
  readonly deltaMerkleRoot: string;
  readonly entries: number;
  readonly ranges: readonly FeedRange[];
}

/** Reads the body of a SYNC_EVENT that passed its schema. */
export function syncEventBody(body: JsonObject): SyncEventBody | undefined {
  const { target, delta_merkle_root: deltaMerkleRoot, entries, ranges } = body;
  if (typeof target !== 'string' || typeof deltaMerkleRoot !== 'string' || typeof entries !== 'number')
    return undefined;
  const list = readRanges(ranges);
  return list === undefined ? undefined : { target, deltaMerkleRoot, entries, ranges: list };
}

export function rangesJson(ranges: readonly FeedRange[]): RangeJson[] {
  return ranges.map(({ origin, from, to }) => [origin, from, to]);
}

function readRanges(value: JsonValue | undefined): FeedRange[] | undefined {
  if (!Array.isArray(value) || value.length > DELTA_RUNS_MAX) return undefined;
  const ranges: FeedRange[] = [];
  for (const item of value) {
    if (!Array.isArray(item) || item.length !== 3) return undefined;
    const [origin, from, to] = item;
    if (typeof origin !== 'string' || publicKeyOf(origin) === undefined) return undefined;
    if (!isSeq(from) || !isSeq(to) || from >= to) return undefined;
    ranges.push({ origin, from, to });
  }
  return ranges;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSeq(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRanges(value: JsonValue): boolean {
  return readRanges(value) !== undefined;
}

function isPeer(value: JsonValue): boolean {
  return typeof value === 'string' && publicKeyOf(value) !== undefined;
}

function isHash(value: JsonValue): boolean {
  return typeof value === 'string' && fromHex(value, HASH_BYTES) !== undefined;
}

function isText(lengthMax: number): (value: JsonValue) => boolean {
  return (value) => typeof value === 'string' && value.length > 0 && value.length <= lengthMax;
}

function isCount(max: number): (value: JsonValue) => boolean {
  return (value) => isSeq(value) && value <= max;
}

function isReviewers(value: JsonValue): boolean {
  if (!Array.isArray(value) || value.length > SCAR_REVIEWERS_MAX) return false;
  const peers = new Set<JsonValue | undefined>();
  for (const reviewer of value) {
    if (!isObject(reviewer) || Object.keys(reviewer).length !== 2) return false;
    const { peer, signature } = reviewer;
    if (peer === undefined || !isPeer(peer) || peers.has(peer)) return false;
    if (typeof signature !== 'string' || fromHex(signature, SIGNATURE_BYTES) === undefined) return false;
    peers.add(peer);
  }
  return true;
}
