/** A small ledger of two feeds as an export, a proof and a data folder, from keys of fixed seeds. */
import { sha256 } from '#sha256';
import { BinaryReader } from '../../../src/core/binary.ts';
import { toHex } from '../../../src/core/bytes.ts';
import { canonicalize, type JsonObject } from '../../../src/core/entry/canonical-json.ts';
import { readEntry } from '../../../src/core/entry/codec.ts';
import type { Candidate } from '../../../src/core/entry/examine.ts';
import { toFlat } from '../../../src/core/entry/flat.ts';
import type { Draft, SignatureJob } from '../../../src/core/events.ts';
import { admit, emptyHead } from '../../../src/core/ledger/admission.ts';
import type { FeedHead } from '../../../src/core/ledger/feed.ts';
import { checkpointOf, Ledger, ledgerLeaf } from '../../../src/core/ledger/ledger.ts';
import { MerkleTree } from '../../../src/core/merkle/tree.ts';
import { EXPORT_FORMAT, proofJson, type RootStatement, rootStatementHash } from '../../../src/core/proof.ts';
import { signedMessage } from '../../../src/core/signature.ts';
import type { Verifier } from '../../../src/ports.ts';
import { createInlineVerifier } from '../../../src/verify/inline.ts';
import {
  ALICE,
  BOB,
  CAROL,
  chain,
  EPOCH_MS,
  FEDERATION,
  FEDERATION_FILE,
  receipt,
  type TestKey,
} from '../core/fixtures.ts';

const VERDICT_HASH = sha256('a verdict');

/** Contents whose spelling could be changed without changing the value: an exponent, an escape, non-ASCII, a name like a number. */
const SPELLINGS: Draft = {
  type: 'RECEIPT',
  body: { payload: { big: 1e21, bell: '\u0007', name: 'Żółw', 10: [], 9: {} } },
};

const SCAR: Draft = {
  type: 'SCAR',
  body: {
    id: 'scar-1',
    origin_event: 'e',
    resolution: 'reform',
    summary: 's',
    author: 'hybrid',
    verdict_hash: toHex(VERDICT_HASH),
    reviewers: [{ peer: CAROL.peer, signature: toHex(CAROL.sign(signedMessage('review', VERDICT_HASH))) }],
  },
};

export interface SampleFeed {
  readonly head: FeedHead;
  readonly entries: readonly Candidate[];
}

export function feedOf(key: TestKey, drafts: readonly Draft[], log: 'ledger' | 'journal' = 'ledger'): SampleFeed {
  const entries = chain(key, drafts, log);
  return { entries, head: admit(emptyHead(key.peer, log), entries, Number.POSITIVE_INFINITY).head };
}

export function numbered(count: number): Draft[] {
  return Array.from({ length: count }, (_, i) => receipt(i));
}

/** Thirty entries of Alice, twenty of Bob. */
export const FEEDS: readonly SampleFeed[] = sorted([
  feedOf(ALICE, [SPELLINGS, ...numbered(29)]),
  feedOf(BOB, [...numbered(10), SCAR, ...numbered(9)]),
]);

export function sorted(feeds: readonly SampleFeed[]): SampleFeed[] {
  const ledger = new Ledger();
  for (const { head } of feeds) ledger.set(head);
  return [...ledger.heads()].flatMap(({ origin }) => feeds.filter(({ head }) => head.origin === origin));
}

export function flatOf(feed: SampleFeed, seq: number): JsonObject {
  const entry = feed.entries[seq];
  if (entry === undefined) throw new RangeError(`no entry ${seq}`);
  const parts = readEntry(new BinaryReader(entry.bytes));
  return toFlat({ ...entry, ...parts, federation: FEDERATION.id, bodyHash: sha256(parts.body) });
}

/** The header over these feeds; a signer that lies states something else. */
export function headerOf(
  feeds: readonly SampleFeed[],
  signer: TestKey = CAROL,
  lie: Partial<RootStatement> = {},
): Record<string, JsonObject | string | JsonObject[]> {
  const ledger = new Ledger();
  for (const { head } of feeds) ledger.set(head);
  const statement: RootStatement = {
    federation: FEDERATION.id,
    node: signer.peer,
    height: ledger.height,
    feeds: feeds.length,
    root: ledger.root,
    timestampMs: EPOCH_MS,
    ...lie,
  };
  const signature = signer.sign(signedMessage('root', rootStatementHash(statement)));
  const { timestampMs: timestamp, root, ...rest } = statement;
  return {
    format: EXPORT_FORMAT,
    federation: FEDERATION_FILE,
    feeds: feeds.map(({ head }) => ({ origin: head.origin, size: head.size, root: toHex(checkpointOf(head).root) })),
    statement: { ...rest, root: toHex(root), timestamp },
    signature: toHex(signature),
  };
}

export function exportLines(feeds: readonly SampleFeed[] = FEEDS): string[] {
  return [headerOf(feeds), ...feeds.flatMap((feed) => feed.entries.map((_, seq) => flatOf(feed, seq)))].map((line) =>
    canonicalize(line),
  );
}

export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** The proof of one entry of a feed of the sample. */
export function proofOf(feedIndex: number, seq: number, signer: TestKey = CAROL): JsonObject {
  const feed = FEEDS[feedIndex];
  if (feed === undefined) throw new RangeError(`no feed ${feedIndex}`);
  const feedTree = new MerkleTree(feed.entries.map(({ hash }) => hash));
  const ledgerTree = new MerkleTree(FEEDS.map(({ head }) => ledgerLeaf(checkpointOf(head))));
  const statement = {
    federation: FEDERATION.id,
    node: signer.peer,
    height: FEEDS.reduce((sum, { head }) => sum + head.size, 0),
    feeds: FEEDS.length,
    root: ledgerTree.root,
    timestampMs: EPOCH_MS,
  };
  return proofJson({
    entry: flatOf(feed, seq),
    feed: { index: seq, size: feed.head.size, root: feedTree.root, path: feedTree.inclusion(seq) },
    ledger: { index: feedIndex, size: FEEDS.length, root: ledgerTree.root, path: ledgerTree.inclusion(feedIndex) },
    statement,
    signature: signer.sign(signedMessage('root', rootStatementHash(statement))),
    decisions: [],
  });
}

/** The real verifier, with a memory: files that differ in one byte share nearly all their signatures. */
export function rememberingVerifier(): Verifier {
  const verifier = createInlineVerifier();
  const known = new Map<string, boolean>();
  const nameOf = ({ domain, key, hash, signature }: SignatureJob): string =>
    [domain, toHex(key), toHex(hash), toHex(signature)].join(' ');
  return {
    async verify(items) {
      const fresh = items.filter((item) => !known.has(nameOf(item)));
      (await verifier.verify(fresh)).forEach((valid, i) => {
        const item = fresh[i];
        if (item !== undefined) known.set(nameOf(item), valid);
      });
      return items.map((item) => known.get(nameOf(item)) === true);
    },
    close: () => verifier.close(),
  };
}
