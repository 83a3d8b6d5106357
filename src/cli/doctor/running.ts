/** The running node, as it tells itself. */

import { networkInterfaces } from 'node:os';
import type { NodeClient } from '../../client/connection.ts';
import type { JsonObject } from '../../core/entry/canonical-json.ts';
import { TessraxError } from '../../core/errors.ts';
import { AGENT } from '../../version.ts';
import { numberIn, objectsIn, textIn, textsIn } from '../answers.ts';
import { counted } from '../output.ts';
import { heldText, peersText, syncText } from '../status.ts';
import { type Finding, failed, fromError, ok, warning } from './finding.ts';

const CLOCK_OFFSET_SECONDS_MAX = 5;

export async function checkRunning(client: NodeClient): Promise<Finding[]> {
  try {
    const [status, { peers }, metrics] = [
      await client.get('/v1/status'),
      { peers: objectsIn(await client.get('/v1/peers'), 'peers') },
      await client.text('/metrics'),
    ];
    return [
      ok('node', `answers at ${client.url}`),
      peersOf(status),
      versionsOf(peers),
      clockOf(status, metrics),
      syncOf(status),
    ];
  } catch (error) {
    return [fromError('node', error)];
  }
}

/**
 * Where a running node really listens, which flags may have decided: those of its addresses that are of this machine. Undefined: it does
 * not answer, and the check of the node itself says why.
 */
export async function listeningAddresses(client: NodeClient): Promise<readonly string[] | undefined> {
  try {
    const addresses = textsIn(await client.get('/v1/status'), 'addresses');
    const own = new Set(Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address)));
    return addresses
      .filter((address) => own.has(address.split('/')[2] ?? ''))
      .map((address) => address.replace(/\/p2p\/[^/]+$/, ''));
  } catch (error) {
    if (!(error instanceof TessraxError)) throw error;
    return undefined;
  }
}

function peersOf(status: JsonObject): Finding {
  const text = peersText(status);
  if (numberIn(status, 'peers') > 0) return ok('peers', text);
  return failed(
    'peers',
    text,
    'see bootstrap and multicast above; others may also dial this node, if its port is open',
  );
}

function versionsOf(peers: readonly JsonObject[]): Finding {
  const others = new Set(peers.map((peer) => textIn(peer, 'agent')).filter((agent) => agent !== '' && agent !== AGENT));
  if (others.size === 0) return ok('versions', `${AGENT}, as all peers that were met`);
  return warning(
    'versions',
    `${AGENT}; peers also run ${[...others].slice(0, 8).join(', ')}`,
    'upgrade the older ones when you can',
  );
}

function clockOf(status: JsonObject, metrics: string): Finding {
  const offset = Number(/^federation_clock_offset_seconds (\S+)$/m.exec(metrics)?.[1] ?? 0);
  if (numberIn(status, 'peers') === 0) return warning('clock offset', 'no peer to compare the clock with', '');
  const text = `half of the nodes heard are ${Math.abs(offset).toFixed(1)} s ${offset < 0 ? 'behind' : 'ahead of'} this one`;
  if (Math.abs(offset) <= CLOCK_OFFSET_SECONDS_MAX) return ok('clock offset', text);
  return warning('clock offset', text, 'use NTP: what is signed from more than five minutes ahead is held back');
}

function syncOf(status: JsonObject): Finding {
  const lag = numberIn(status, 'height') - numberIn(status, 'certified_height');
  const text = `${syncText(status)}, ${counted(lag, 'entry', 'entries')} not final yet`;
  const held = heldText(status);
  if (held !== '')
    return warning(
      'ledger',
      `${text}; ${held}`,
      'set the clock right that is wrong, theirs or this one: NTP does; nothing is lost',
    );
  return numberIn(status, 'behind') === 0
    ? ok('ledger', text)
    : warning('ledger', text, 'tessrax sync --wait follows it');
}
