/** The members of the federation as this node sees them, and how each stands towards it. */
import type { Feed, Peer, Revocation, Status, Witness } from './answers.ts';

/** By agreement of roots, seen from this node. */
export type Standing = 'agree' | 'behind' | 'differ' | 'gone' | 'revoked';

export const STANDINGS: readonly Standing[] = ['agree', 'behind', 'differ', 'gone', 'revoked'];

export const STANDING_TEXT: Readonly<Record<Standing, string>> = {
  agree: 'same root',
  behind: 'behind this node',
  differ: 'another root',
  gone: 'not connected',
  revoked: 'revoked',
};

export interface Member {
  readonly peer: string;
  readonly name: string;
  readonly isSelf: boolean;
  readonly isWitness: boolean;
  readonly standing: Standing;
  /** What stands beside the standing, for people. */
  readonly detail: string;
  /** Empty while the node finds no fault with it. */
  readonly conduct: string;
  readonly height: number;
  readonly root: string;
  readonly lastSeenMs: number;
  readonly feedSize: number;
  readonly feedCertified: number;
}

export interface Seen {
  readonly status: Status;
  readonly peers: readonly Peer[];
  readonly feeds: readonly Feed[];
  readonly witnesses: readonly Witness[];
  readonly revocations: readonly Revocation[];
  /** Peers that have disagreed for so short a time that it is no news: roots differ for a moment after every append. */
  readonly unsettled: ReadonlySet<string>;
}

/** This node first, then by name. Everybody who is a witness, was met, or wrote something. */
export function membersOf(seen: Seen): Member[] {
  const { status, peers, feeds, witnesses, revocations, unsettled } = seen;
  const byPeer = new Map(peers.map((peer) => [peer.peer, peer]));
  const feedOf = new Map(feeds.map((feed) => [feed.origin, feed]));
  const organisations = new Map(witnesses.map(({ peer, organisation }) => [peer, organisation]));
  const revoked = new Set(revocations.flatMap(({ target, inForce }) => (inForce ? [target] : [])));
  const everybody = new Set([status.peerId, ...organisations.keys(), ...byPeer.keys(), ...feedOf.keys()]);
  const members = [...everybody].map((id): Member => {
    const peer = byPeer.get(id);
    const isSelf = id === status.peerId;
    const feed = feedOf.get(id);
    const standing = revoked.has(id) ? 'revoked' : isSelf ? ownStanding(status) : peerStanding(peer, seen);
    return {
      peer: id,
      name: organisations.get(id) ?? shortPeer(id),
      isSelf,
      isWitness: organisations.has(id),
      standing,
      detail: isSelf ? ownDetail(status) : unsettled.has(id) ? 'settling' : detailOf(standing, peer, status.height),
      conduct: peer === undefined ? '' : conductOf(peer),
      height: isSelf ? status.height : (peer?.height ?? 0),
      root: isSelf ? status.root : (peer?.root ?? ''),
      lastSeenMs: peer?.lastSeenMs ?? 0,
      feedSize: feed?.size ?? 0,
      feedCertified: feed?.certified ?? 0,
    };
  });
  return members.sort((a, b) => Number(b.isSelf) - Number(a.isSelf) || compareNames(a.name, b.name));
}

function ownStanding({ behind }: Status): Standing {
  return behind > 0 ? 'behind' : 'agree';
}

function ownDetail({ behind }: Status): string {
  return behind > 0 ? `behind by ${behind}` : 'this node';
}

function peerStanding(peer: Peer | undefined, { status, unsettled }: Seen): Standing {
  if (peer === undefined || !peer.connected) return 'gone';
  if (peer.agrees || unsettled.has(peer.peer)) return 'agree';
  return peer.height < status.height ? 'behind' : 'differ';
}

function detailOf(standing: Standing, peer: Peer | undefined, height: number): string {
  if (standing === 'gone') return peer === undefined || peer.lastSeenMs === 0 ? 'never met' : 'not connected';
  if (standing !== 'behind' && standing !== 'differ') return STANDING_TEXT[standing];
  if (peer === undefined || peer.root === '') return 'no heartbeat yet';
  const missing = height - peer.height;
  if (missing > 0) return `behind by ${missing}`;
  return missing < 0 ? `ahead by ${-missing}` : 'another root';
}

/** The node asks it after the others, or not at all. */
const CONDUCT_TEXT: ReadonlyMap<string, string> = new Map([
  ['last', 'asked last'],
  ['banned', 'banned'],
]);

function conductOf({ conduct, why }: Peer): string {
  const text = CONDUCT_TEXT.get(conduct) ?? '';
  return text === '' || why === '' ? text : `${text}: ${why.replaceAll('_', ' ')}`;
}

const numerically = new Intl.Collator('en', { numeric: true });

function compareNames(a: string, b: string): number {
  return numerically.compare(a, b);
}

/** Peer IDs of Ed25519 keys all begin alike; their ends tell them apart. */
export function shortPeer(peer: string): string {
  return peer.length > 12 ? `…${peer.slice(-6)}` : peer;
}

/** How many members stand how. */
export function countStandings(members: readonly Member[]): Record<Standing, number> {
  const counts: Record<Standing, number> = { agree: 0, behind: 0, differ: 0, gone: 0, revoked: 0 };
  for (const { standing } of members) counts[standing]++;
  return counts;
}
