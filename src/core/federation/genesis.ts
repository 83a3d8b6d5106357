/** The federation file: who the witnesses are, who may write, and which rules hold. Its hash is the federation ID. */
import { sha256 } from '#sha256';
import { toHex } from '../bytes.ts';
import { canonicalize, type JsonObject, type JsonValue } from '../entry/canonical-json.ts';
import { isObject } from '../entry/types.ts';
import { TessraxError } from '../errors.ts';
import {
  FEDERATION_NAME_LENGTH_MAX,
  ORGANISATION_LENGTH_MAX,
  WITNESSES_COUNT_MAX,
  WRITERS_COUNT_MAX,
} from '../limits.ts';
import { type PeerIdText, publicKeyOf } from '../peer-id.ts';

export const SIGNATURE_RULE = 'ed25519-strict-cofactorless';
export const CANONICAL_JSON_RULE = 'rfc8785';
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]*$/u;

export interface Witness {
  readonly peer: PeerIdText;
  readonly organisation: string;
}

/** Who may write: anybody up to a number of entries per origin, or the origins of a list. */
export type Writers =
  | { readonly mode: 'open'; readonly quota: number }
  | { readonly mode: 'list'; readonly peers: ReadonlySet<PeerIdText> };

export interface Federation {
  /** 64 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly witnesses: readonly Witness[];
  readonly threshold: number;
  readonly writers: Writers;
}

/** Two thirds of the witnesses and one more: quorums then meet in an honest witness, for every n from 1. */
export function defaultThreshold(witnessCount: number): number {
  return Math.floor((2 * witnessCount) / 3) + 1;
}

export interface FederationDraft {
  readonly name: string;
  readonly witnesses: readonly Witness[];
  readonly threshold?: number;
  /** Absent: only the witnesses write. */
  readonly openQuota?: number;
  readonly writers?: readonly PeerIdText[];
}

/** The JSON of a federation file; checked by reading it back. */
export function draftFederation(draft: FederationDraft): JsonObject {
  const witnesses = draft.witnesses.map(({ peer, organisation }) => ({ peer, organisation }));
  const writers: JsonObject =
    draft.openQuota === undefined
      ? { mode: 'list', peers: [...new Set([...witnesses.map(({ peer }) => peer), ...(draft.writers ?? [])])] }
      : { mode: 'open', quota: draft.openQuota };
  const json: JsonObject = {
    v: 1,
    name: draft.name,
    witnesses,
    threshold: draft.threshold ?? defaultThreshold(witnesses.length),
    writers,
    rules: { signature: SIGNATURE_RULE, canonical_json: CANONICAL_JSON_RULE },
  };
  readFederation(json);
  return json;
}

/** Reads a federation file. Throws `federation_invalid`, naming the member that is wrong. */
export function readFederation(json: JsonValue): Federation {
  const file = onlyMembers(json, ['v', 'name', 'witnesses', 'threshold', 'writers', 'rules'], 'the file');
  if (file['v'] !== 1)
    throw invalid('v', `version ${JSON.stringify(file['v'])} is not known; this program reads version 1`);
  const rules = onlyMembers(file['rules'], ['signature', 'canonical_json'], 'rules');
  if (rules['signature'] !== SIGNATURE_RULE) throw invalid('rules.signature', `must be "${SIGNATURE_RULE}"`);
  if (rules['canonical_json'] !== CANONICAL_JSON_RULE)
    throw invalid('rules.canonical_json', `must be "${CANONICAL_JSON_RULE}"`);
  const { name, threshold } = file;
  if (typeof name !== 'string' || name.length > FEDERATION_NAME_LENGTH_MAX || !NAME.test(name)) {
    throw invalid('name', `must be 1 to ${FEDERATION_NAME_LENGTH_MAX} letters, digits, spaces, dots, dashes`);
  }
  const witnesses = readWitnesses(file['witnesses']);
  if (typeof threshold !== 'number' || !Number.isInteger(threshold) || threshold < 1 || threshold > witnesses.length) {
    throw invalid('threshold', `must be a whole number from 1 to the number of witnesses (${witnesses.length})`);
  }
  return { id: toHex(sha256(canonicalize(file))), name, witnesses, threshold, writers: readWriters(file['writers']) };
}

function readWitnesses(value: JsonValue | undefined): Witness[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > WITNESSES_COUNT_MAX) {
    throw invalid('witnesses', `must be a list of 1 to ${WITNESSES_COUNT_MAX} witnesses`);
  }
  const seen = new Set<string>();
  return value.map((item, i) => {
    const witness = onlyMembers(item, ['peer', 'organisation'], `witnesses[${i}]`);
    const peer = readPeer(witness['peer'], `witnesses[${i}].peer`);
    if (seen.has(peer)) throw invalid(`witnesses[${i}].peer`, `${peer} is listed twice`);
    seen.add(peer);
    const { organisation } = witness;
    if (typeof organisation !== 'string' || organisation.length > ORGANISATION_LENGTH_MAX) {
      throw invalid(`witnesses[${i}].organisation`, `must be text of at most ${ORGANISATION_LENGTH_MAX} characters`);
    }
    return { peer, organisation };
  });
}

function readWriters(value: JsonValue | undefined): Writers {
  if (isObject(value) && value['mode'] === 'open') {
    const { quota } = onlyMembers(value, ['mode', 'quota'], 'writers');
    if (typeof quota !== 'number' || !Number.isSafeInteger(quota) || quota < 1) {
      throw invalid('writers.quota', 'must be a whole number from 1: entries per origin');
    }
    return { mode: 'open', quota };
  }
  const { mode, peers } = onlyMembers(value, ['mode', 'peers'], 'writers');
  if (mode !== 'list') throw invalid('writers.mode', 'must be "open" or "list"');
  if (!Array.isArray(peers) || peers.length === 0 || peers.length > WRITERS_COUNT_MAX) {
    throw invalid('writers.peers', `must be a list of 1 to ${WRITERS_COUNT_MAX} peer IDs`);
  }
  const list = peers.map((peer, i) => readPeer(peer, `writers.peers[${i}]`));
  if (new Set(list).size !== list.length) throw invalid('writers.peers', 'names a peer twice');
  return { mode: 'list', peers: new Set(list) };
}

function readPeer(value: JsonValue | undefined, member: string): PeerIdText {
  if (typeof value !== 'string' || publicKeyOf(value) === undefined) {
    throw invalid(member, 'must be the peer ID of an Ed25519 key (12D3KooW…)');
  }
  return value;
}

function onlyMembers(value: JsonValue | undefined, names: readonly string[], member: string): JsonObject {
  if (!isObject(value)) throw invalid(member, 'must be an object');
  for (const name of Object.keys(value)) {
    if (!names.includes(name)) throw invalid(`${member}.${name}`, 'is not a member this program knows');
  }
  return value;
}

function invalid(member: string, message: string): TessraxError {
  return new TessraxError('federation_invalid', `federation file: ${member}: ${message}`, {
    remedy: 'compare it with the copy other members hold; the file must be the same everywhere',
    fields: { member },
  });
}
