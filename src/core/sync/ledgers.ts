/** What this node's ledger was lately: others may say later that they held the same. */
import { toHex } from '../bytes.ts';
import { ROOTS_REMEMBERED_MAX } from '../limits.ts';
import type { NodeState } from './state.ts';

/** Remembers what the ledger is now. */
export function rememberLedger(state: NodeState, cut: boolean): void {
  const { ledgers } = state.handoff;
  if (cut) ledgers.clear(); // what was cut off is held no more
  const name = nameLedger({ feeds: state.durable.heads.size, root: state.durable.root });
  ledgers.delete(name);
  ledgers.add(name);
  for (const oldest of ledgers) {
    if (ledgers.size <= ROOTS_REMEMBERED_MAX) break;
    ledgers.delete(oldest);
  }
}

/** A ledger by its root and the number of its feeds: a root alone does not bind it. */
export function nameLedger({ feeds, root }: { readonly feeds: number; readonly root: Uint8Array }): string {
  return `${feeds} ${toHex(root)}`;
}
