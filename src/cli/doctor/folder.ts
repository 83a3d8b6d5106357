/** The node's folder: configuration, key, federation file. */
import type { Config } from '../../config.ts';
import { EpochChain } from '../../core/federation/epoch-chain.ts';
import type { PeerIdText } from '../../core/peer-id.ts';
import { loadKeyfile } from '../../identity/keyfile.ts';
import { loadFederationFile } from '../../offline/federation-file.ts';
import { type Finding, fromError, ok, warning } from './finding.ts';

export async function checkConfig(load: () => Promise<Config>): Promise<{ finding: Finding; config?: Config }> {
  try {
    const config = await load();
    return { finding: ok('configuration', `of ${config.directory}`), config };
  } catch (error) {
    return { finding: fromError('configuration', error) };
  }
}

export async function checkKey(path: string): Promise<{ finding: Finding; peerId?: PeerIdText }> {
  try {
    const { peerId } = await loadKeyfile(path);
    return { finding: ok('key', `${peerId}, readable by its owner alone`), peerId };
  } catch (error) {
    return { finding: fromError('key', error) };
  }
}

/** The federation file, and what this key may do in it. */
export async function checkFederation(path: string, self: PeerIdText | undefined): Promise<Finding> {
  try {
    const { federation } = await loadFederationFile(path);
    const name = `${federation.name} (${federation.id.slice(0, 16)}…)`;
    if (self === undefined) return ok('federation', name);
    if (federation.witnesses.some(({ peer }) => peer === self))
      return ok('federation', `${name}, founded with this key as a witness`);
    if (new EpochChain(federation).writerRefusal(self, 0) === undefined)
      return ok('federation', `${name}, this key may write`);
    return warning(
      'federation',
      `${name} does not let this key write`,
      'the node can replicate and verify all the same, and writes once a decision has made it a witness',
    );
  } catch (error) {
    return fromError('federation', error);
  }
}
