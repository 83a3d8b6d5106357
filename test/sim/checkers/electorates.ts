/**
 * Who the witnesses were, by code of its own: out of the governance entries on all disks, whoever holds them. A proposal is adopted when
 * enough witnesses of its epoch have signed a yes to it in one ballot.
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
  const { federation } = world;
  let now: Electorate = {
    since: 0,
    witnesses: new Set(federation.witnesses.map(({ peer }) => peer)),
    threshold: federation.threshold,
  };
  const all: [Electorate, ...Electorate[]] = [now];
  for (let epoch = 0; ; epoch++) {
    const adopted = adoptedIn(epoch, now, [...said.values()]);
    if (adopted.length > 1) world.fail('governance', `${adopted.length} proposals are adopted in epoch ${epoch}`);
    const [proposal] = adopted;
    if (proposal === undefined) return { all, epoch };
    const next = changed(now, proposal.body, epoch + 1);
    if (next === undefined) continue;
    now = next;
    all.push(now);
  }
}

/** The electorate that came into force with an epoch. */
export function electedWith(world: World, epoch: number): Electorate | undefined {
  return electoratesOf(world).all.find(({ since }) => since === epoch);
}

function collect({ feeds, quarantine }: SimDisk, said: Map<string, Said>): void {
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

function adoptedIn(epoch: number, { witnesses, threshold }: Electorate, said: readonly Said[]): Said[] {
  const needed = Math.max(threshold, Math.floor((witnesses.size + Math.floor((witnesses.size - 1) / 3)) / 2) + 1);
  const voters = new Map<string, Set<string>>();
  for (const { origin, body } of said) {
    if (body['action'] !== 'vote' || body['choice'] !== 'yes' || body['epoch'] !== epoch || !witnesses.has(origin))
      continue;
    const place = `${body['ballot']} ${body['proposal']}`;
    voters.set(place, (voters.get(place) ?? new Set()).add(origin));
  }
  const enough = new Set([...voters].filter(([, by]) => by.size >= needed).map(([place]) => place.split(' ')[1]));
  return said.filter(({ hash, body }) => body['action'] === 'proposal' && body['epoch'] === epoch && enough.has(hash));
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
