/** Vectors of the federation file and its ID, and of the ledger root. */
import { toHex } from '../../src/core/bytes.ts';
import { canonicalize, type JsonObject } from '../../src/core/entry/canonical-json.ts';
import { defaultThreshold, draftFederation, readFederation } from '../../src/core/federation/genesis.ts';
import { admit, emptyHead } from '../../src/core/ledger/admission.ts';
import { checkpointOf, Ledger, ledgerLeaf } from '../../src/core/ledger/ledger.ts';
import { ALICE, BOB, CAROL, EPOCH_MS, FEDERATION_FILE, receipts, type TestKey } from '../../test/unit/core/fixtures.ts';

const FILES: readonly (readonly [string, JsonObject])[] = [
  ['list', FEDERATION_FILE],
  [
    'open',
    draftFederation({
      name: 'Öffentlich 1.0',
      witnesses: [ALICE, BOB, CAROL].map(({ peer }, i) => ({ peer, organisation: `Organisation ${i}` })),
      threshold: 2,
      openQuota: 10_000,
    }),
  ],
  [
    'list_with_more_writers',
    draftFederation({
      name: 'a',
      witnesses: [{ peer: ALICE.peer, organisation: '' }],
      writers: [BOB.peer, ALICE.peer],
    }),
  ],
];

export function federationVectors(): JsonObject {
  return {
    about: 'Federation files and their IDs (R-04 to R-06); default thresholds by number of witnesses (R-07).',
    files: FILES.map(([name, file]) => ({ name, file, canonical: canonicalize(file), id: readFederation(file).id })),
    thresholds: [1, 2, 3, 4, 5, 6, 7, 10, 31, 100, 1000].map((witnesses) => [witnesses, defaultThreshold(witnesses)]),
  };
}

/** Feeds with so many entries each; held in this order. */
const HELD: readonly (readonly (readonly [TestKey, number])[])[] = [
  [],
  [[ALICE, 1]],
  [
    [CAROL, 2],
    [ALICE, 1],
  ],
  [
    [BOB, 5],
    [CAROL, 2],
    [ALICE, 9],
  ],
];

export function ledgerVectors(): JsonObject {
  return {
    about: 'Ledger roots (R-31): feeds in the order in which they were taken; leaves in the order of the tree.',
    ledgers: HELD.map((feeds) => {
      const ledger = new Ledger();
      for (const [key, count] of feeds) {
        ledger.set(admit(emptyHead(key.peer, 'ledger'), receipts(key, count), EPOCH_MS).head);
      }
      const heads = [...ledger.heads()].map(checkpointOf);
      return {
        feeds: feeds.map(([key]) => {
          const { origin, size, root } = checkpointOf(ledger.head(key.peer));
          return { origin, size, root: toHex(root) };
        }),
        leaves: heads.map((checkpoint) => toHex(ledgerLeaf(checkpoint))),
        height: ledger.height,
        root: toHex(ledger.root),
      };
    }),
  };
}
