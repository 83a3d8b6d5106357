/** The first view: is everything all right, and what happens now. */
import { Members } from '../mesh/members.tsx';
import { Mesh } from '../mesh/mesh.tsx';
import type { Snapshot } from '../node/live.ts';
import { ReceiptFeed } from '../parts/feed.tsx';
import { LatencyChart, RateChart } from './charts.tsx';

export function Overview({ snapshot }: { readonly snapshot: Snapshot }) {
  return (
    <div class="overview">
      <Mesh members={snapshot.members} trouble={troubleOf(snapshot)} />
      <Members members={snapshot.members} rows={7} />
      <ReceiptFeed snapshot={snapshot} rows={10} title="Latest entries" withFilter={false} />
      <div class="charts">
        <RateChart />
        <LatencyChart />
      </div>
    </div>
  );
}

/** Why there may be nobody: the first address that could not be reached. */
function troubleOf({ status, members }: Snapshot): string {
  const [first, ...more] = status?.unreachable ?? [];
  if (first === undefined) return '';
  const name = members.find(({ peer }) => first.target.endsWith(peer))?.name ?? first.target;
  return `Cannot reach ${name}: ${first.reason}${more.length === 0 ? '' : ` (and ${more.length} more)`}`;
}
