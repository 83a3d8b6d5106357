/** Tables of feeds for tests and vectors. */
import { FeedTable } from '../../../../src/core/ledger/feed-table.ts';
import { peerIdOf } from '../../../../src/core/peer-id.ts';

export interface Item {
  readonly key: Uint8Array;
  readonly size: number;
  readonly root: Uint8Array;
}

/** In the order in which they come. */
export function tableOf(items: readonly Item[]): FeedTable {
  const table = new FeedTable();
  for (const item of items) table.insert(table.find(item.key), { origin: peerIdOf(item.key), ...item });
  return table;
}
