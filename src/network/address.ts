/** Multiaddrs as text: what may be dialled, and whose it is. */
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { PEER_ADDRESS_LENGTH_MAX } from '../core/limits.ts';
import { type PeerIdText, publicKeyOf } from '../core/peer-id.ts';

/** Host part, then a TCP port: nothing else can be dialled by this node. */
const HOSTS: ReadonlySet<string> = new Set(['ip4', 'ip6', 'dns', 'dns4', 'dns6']);
const UNSPECIFIED: ReadonlySet<string> = new Set(['0.0.0.0', '::']);

export interface DialAddress {
  /** Without `/p2p/…`. */
  readonly text: string;
  readonly peer: PeerIdText | undefined;
}

/** Reads `/ip4/…/tcp/…[/p2p/…]` (or ip6, dns); undefined for anything else. */
export function parseAddress(text: string): DialAddress | undefined {
  if (text.length > PEER_ADDRESS_LENGTH_MAX) return undefined;
  let address: Multiaddr;
  try {
    address = multiaddr(text);
  } catch {
    return undefined; // not a multiaddr: the caller decides whether that is an error
  }
  const [host, port, owner, ...rest] = address.getComponents();
  if (host?.value === undefined || !HOSTS.has(host.name) || UNSPECIFIED.has(host.value)) return undefined;
  if (port?.name !== 'tcp' || port.value === undefined || port.value === '0' || rest.length > 0) return undefined;
  const plain = `/${host.name}/${host.value}/tcp/${port.value}`;
  if (owner === undefined) return { text: plain, peer: undefined };
  if (owner.name !== 'p2p' || owner.value === undefined || publicKeyOf(owner.value) === undefined) return undefined;
  return { text: plain, peer: owner.value };
}

/** The address when it can be dialled and is not said to be another peer's. */
export function addressOf(peer: PeerIdText, text: string): string | undefined {
  const address = parseAddress(text);
  return address === undefined || (address.peer !== undefined && address.peer !== peer) ? undefined : address.text;
}
