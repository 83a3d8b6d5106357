/** The first view: is everything all right, and what happens now. */
import { Members } from '../mesh/members.tsx';
import { Mesh } from '../mesh/mesh.tsx';
import type { Snapshot } from '../node/live.ts';
import { troubleOf } from '../node/trouble.ts';
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
