/** What is in the way of a node, in one line. */
import { formatClock, formatNumber } from '../parts/format.ts';
import type { Held, Status } from './answers.ts';
import type { Member } from './standing.ts';

interface Seen {
  readonly status: Status | undefined;
  readonly members: readonly Pick<Member, 'peer' | 'name'>[];
}

/** What is in the way: entries that wait for their time, or nobody there because the first address could not be reached. */
export function troubleOf({ status, members }: Seen): string {
  const nameOf = (text: string): string => members.find(({ peer }) => text.endsWith(peer))?.name ?? text;
  if (status !== undefined && status.held.entries > 0) return heldText(status.held, nameOf(status.held.origin));
  const [first, ...more] = status?.unreachable ?? [];
  if (first === undefined) return '';
  return `Cannot reach ${nameOf(first.target)}: ${first.reason}${more.length === 0 ? '' : ` (and ${more.length} more)`}`;
}

function heldText({ entries, feeds, untilMs, aheadMs }: Held, name: string): string {
  const what = `${formatNumber(entries)} ${entries === 1 ? 'entry' : 'entries'} held until ${formatClock(untilMs)}`;
  const whose = feeds === 1 ? `the clock of ${name} is` : `the clocks of ${formatNumber(feeds)} nodes are`;
  return `${what}: ${whose} ahead by ${formatNumber(Math.round(aheadMs / 1000))} s`;
}
