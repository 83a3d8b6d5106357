/**
 * Who the witnesses were, by code of its own: out of the governance entries on all disks, whoever holds them. A proposal ends its epoch
 * when enough witnesses of that epoch have declared that it was adopted; and as many must have voted for it.
 */
import type { SimDisk } from '../disk.ts';
import type { World } from '../world.ts';
import { readParts } from './disk-entry.ts';

export interface Electorate {
  readonly since: number;
  readonly witnesses: ReadonlySet<string>;
  readonly threshold: number;
}

interface Said {
  readonly origin: string;
  readonly hash: string;
  readonly body: Record<string, unknown>;
}

/** All there have been, oldest first, and the number of decisions. */
export function electoratesOf(world: World): {
  readonly all: readonly [Electorate, ...Electorate[]];
  readonly epoch: number;
} {
  const said = new Map<string, Said>();
  for (const { disk } of world.nodes) collect(disk, said);
  return count(world, [...said.values()]);
}

function count(world: World, said: readonly Said[]): ReturnType<typeof electoratesOf> {
  const { federation } = world;
  let now: Electorate = {
    since: 0,
    witnesses: new Set(federation.witnesses.map(({ peer }) => peer)),
    threshold: federation.threshold,
  };
  const all: [Electorate, ...Electorate[]] = [now];
  for (let epoch = 0; ; epoch++) {
    const ending = endingOf(epoch, now, said);
    if (ending.length > 1) world.fail('governance', `${ending.length} proposals end epoch ${epoch}`);
    const [proposal] = ending;
    if (proposal === undefined) return { all, epoch };
    const votes = yesVotes(epoch, now, said, proposal.hash);
    if (votes < neededOf(now)) world.fail('governance', `epoch ${epoch} ends with what ${votes} witnesses voted for`);
    const next = changed(now, proposal.body, epoch + 1);
    if (next === undefined) continue;
    now = next;
    all.push(now);
  }
}

/**
 * How many decisions every honest node can know of: out of the entries that an honest node holds in its feeds, and without what those
 * declared who declared two things of one epoch. A node counts the first of these, and another can only make up a proof that nobody has
 * put together yet.
 */
export function epochToKnow(world: World): number {
  const said = new Map<string, Said>();
  for (const { disk } of world.honest) collect({ feeds: disk.feeds, quarantine: new Map() }, said);
  const declared = new Map<string, number>();
  for (const each of said.values()) declared.set(placeOf(each), (declared.get(placeOf(each)) ?? 0) + 1);
  const clear = [...said.values()].filter(
    (each) => each.body['action'] !== 'decision' || declared.get(placeOf(each)) === 1,
  );
  return count(world, clear).epoch;
}

function placeOf({ origin, body }: Said): string {
  return `${origin} ${String(body['action'])} ${String(body['epoch'])}`;
}

/** The electorate that came into force with an epoch. */
export function electedWith(world: World, epoch: number): Electorate | undefined {
  return electoratesOf(world).all.find(({ since }) => since === epoch);
}

function collect({ feeds, quarantine }: Pick<SimDisk, 'feeds' | 'quarantine'>, said: Map<string, Said>): void {
  const entries = [
    ...[...feeds].filter(([name]) => name.startsWith('ledger ')).flatMap(([, feed]) => feed),
    ...quarantine.values(),
  ];
  for (const { bytes, origin, hash } of entries) {
    if (bytes[0] !== GOVERNANCE) continue;
    const id = Buffer.from(hash).toString('hex');
    const body = said.has(id) ? undefined : governanceBodyOf(bytes);
    if (body !== undefined) said.set(id, { origin, hash: id, body });
  }
}

const GOVERNANCE = 3;

/** The body of a GOVERNANCE entry; undefined for others. */
export function governanceBodyOf(bytes: Uint8Array): Record<string, unknown> | undefined {
  return bytes[0] === GOVERNANCE ? JSON.parse(readParts(bytes).bodyBytes.toString('utf8')) : undefined;
}

/** Votes that adopt, and declarations that end an epoch. */
export function neededOf({ witnesses, threshold }: Electorate): number {
  return Math.max(threshold, Math.floor((witnesses.size + Math.floor((witnesses.size - 1) / 3)) / 2) + 1);
}

/** Witnesses with a yes for a proposal, in the ballot in which they are most. */
function yesVotes(epoch: number, { witnesses }: Electorate, said: readonly Said[], hash: string): number {
  const voters = new Map<unknown, Set<string>>();
  for (const { origin, body } of said) {
    const isYes = body['action'] === 'vote' && body['choice'] === 'yes' && body['epoch'] === epoch;
    if (!isYes || body['proposal'] !== hash || !witnesses.has(origin)) continue;
    voters.set(body['ballot'], (voters.get(body['ballot']) ?? new Set()).add(origin));
  }
  return Math.max(0, ...[...voters.values()].map(({ size }) => size));
}

function endingOf(epoch: number, electorate: Electorate, said: readonly Said[]): Said[] {
  const { witnesses } = electorate;
  const needed = neededOf(electorate);
  const declared = new Map<unknown, Set<string>>();
  for (const { origin, body } of said) {
    if (body['action'] !== 'decision' || body['epoch'] !== epoch || !witnesses.has(origin)) continue;
    const by = declared.get(body['proposal']) ?? new Set();
    declared.set(body['proposal'], by.add(origin));
  }
  return said.filter(
    ({ hash, body }) =>
      body['action'] === 'proposal' && body['epoch'] === epoch && (declared.get(hash)?.size ?? 0) >= needed,
  );
}

function changed({ witnesses }: Electorate, body: Record<string, unknown>, since: number): Electorate | undefined {
  const next = new Set(witnesses);
  if (body['kind'] === 'admit') next.add(String(body['peer']));
  else if (body['kind'] === 'remove') next.delete(String(body['peer']));
  else if (body['kind'] === 'threshold') return { since, witnesses, threshold: Number(body['threshold']) };
  else return undefined;
  const named = body['threshold'];
  return { since, witnesses: next, threshold: typeof named === 'number' ? named : Math.floor((2 * next.size) / 3) + 1 };
}
