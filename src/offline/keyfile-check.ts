/** Whether the keyfile beside a store is the one of its node. A folder without it (a backup, say) is as good. */
import { TessraxError } from '../core/errors.ts';
import type { PeerIdText } from '../core/peer-id.ts';
import { loadKeyfile } from '../identity/keyfile.ts';
import type { Faults } from './faults.ts';

/** Not there, or not ours to read: neither says anything about the ledger. */
const NOT_LOOKED_AT: ReadonlySet<string> = new Set(['keyfile_missing', 'keyfile_unreadable', 'keyfile_permissions']);

export async function checkKeyfile(path: string, node: PeerIdText, faults: Faults): Promise<void> {
  try {
    const { peerId } = await loadKeyfile(path);
    if (peerId !== node)
      faults.add(path, 'keyfile_mismatch', `it is the key of ${peerId}; the store belongs to ${node}`);
  } catch (error) {
    if (error instanceof TessraxError && NOT_LOOKED_AT.has(error.code)) return;
    faults.catch(path, error);
  }
}
