/** Recorded contradictions, and who is revoked. */
import { useEffect, useState } from 'preact/hooks';
import type { JsonObject } from '../../src/core/entry/canonical-json.ts';
import { asNumber, asText, readPage, readSealed, type SealedFeed } from '../node/answers.ts';
import { getJson } from '../node/client.ts';
import { nameOf, type Snapshot } from '../node/live.ts';
import { formatNumber, formatTime } from '../parts/format.ts';
import { entryAddress } from '../parts/route.ts';
import { Empty, Panel } from '../parts/small.tsx';
import { withNames } from '../parts/summary.ts';

/** Pages of the ledger that are looked through by themselves; further back on demand. */
const PAGES_MAX = 10;
const SCARS_MAX = 500;

export function ScarsView({ snapshot }: { readonly snapshot: Snapshot }) {
  const found = useScars(snapshot.scarVersion);
  if (found.isReading && found.scars.length === 0) return <Empty>looking through the ledger…</Empty>;
  return (
    <div class="scars">
      <ScarList snapshot={snapshot} found={found} />
      <div class="stack">
        <Sealed feeds={found.sealed} snapshot={snapshot} />
        <Revocations snapshot={snapshot} />
      </div>
    </div>
  );
}

function ScarList({ snapshot, found }: { readonly snapshot: Snapshot; readonly found: ReturnType<typeof useScars> }) {
  const { scars, isComplete, isReading, readOn } = found;
  return (
    <Panel title="Scars" aside={<span class="muted num">{formatNumber(scars.length)}</span>}>
      {scars.length === 0 && isComplete && <Empty>No contradiction was recorded.</Empty>}
      <ul class="cards">
        {scars.map((scar) => (
          <li key={asText(scar['hash'])} class="card">
            <a href={entryAddress(asText(scar['hash']))}>
              <b>{withNames(asText(scar['summary']), (peer) => nameOf(snapshot.members, peer))}</b>
            </a>
            <p class="muted">
              <span class="tag tag-bad">{asText(scar['resolution']).replace('_', ' ')}</span> recorded by{' '}
              {nameOf(snapshot.members, asText(scar['origin']))} ({asText(scar['author'])}),{' '}
              <span class="num">{formatTime(asNumber(scar['timestamp']), Date.now())}</span>
            </p>
            <p class="mono muted clip">{asText(scar['id'])}</p>
          </li>
        ))}
      </ul>
      {!isComplete && !isReading && (
        <button type="button" class="button" onClick={readOn}>
          Look further back
        </button>
      )}
    </Panel>
  );
}

function Sealed({ feeds, snapshot }: { readonly feeds: readonly SealedFeed[]; readonly snapshot: Snapshot }) {
  return (
    <Panel title="Sealed feeds" aside={<span class="muted num">{formatNumber(feeds.length)}</span>}>
      {feeds.length === 0 && <Empty>Every feed is whole.</Empty>}
      <ul class="cards">
        {feeds.map(({ origin, reason, from, kept, quarantined }) => (
          <li key={origin} class="card">
            <b>{nameOf(snapshot.members, origin)}</b> <span class="tag tag-bad">{reason}</span>
            <p class="muted num">
              from entry {formatNumber(from)} on only what is final stays: {formatNumber(kept)} entries kept,{' '}
              {quarantined} in quarantine
            </p>
            <p class="mono muted clip">{origin}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Revocations({ snapshot }: { readonly snapshot: Snapshot }) {
  const { revocations, members } = snapshot;
  return (
    <Panel title="Revocations" aside={<span class="muted num">{formatNumber(revocations.length)}</span>}>
      {revocations.length === 0 && <Empty>Nobody is revoked.</Empty>}
      <ul class="cards">
        {revocations.map(({ target, signers, inForce }) => (
          <li key={target} class="card">
            <b>{nameOf(members, target)}</b>{' '}
            <span class={inForce ? 'tag tag-bad' : 'tag'}>{inForce ? 'in force' : 'not enough signatures yet'}</span>
            <p class="muted">signed by {signers.map((signer) => nameOf(members, signer)).join(', ')}</p>
            <p class="mono muted clip">{target}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** Scars are rare: the ledger is looked through from its newest end, a bounded part at a time. */
function useScars(scarVersion: number) {
  const [scars, setScars] = useState<readonly JsonObject[]>([]);
  const [sealed, setSealed] = useState<readonly SealedFeed[]>([]);
  const [next, setNext] = useState<string | undefined>();
  const [isReading, setReading] = useState(true);
  const read = async (from: string | undefined, before: readonly JsonObject[]): Promise<void> => {
    setReading(true);
    try {
      const found = [...before];
      let cursor = from;
      for (let pages = 0; pages < PAGES_MAX && found.length < SCARS_MAX; pages++) {
        const page = readPage(
          await getJson(`/v1/timeline?type=SCAR&limit=100${cursor === undefined ? '' : `&before=${cursor}`}`),
        );
        found.push(...page.entries);
        cursor = page.next;
        if (cursor === undefined) break;
      }
      setSealed(readSealed(await getJson('/v1/scars?tail=1')));
      setScars(found);
      setNext(cursor);
    } catch {
      // The frame says that the node does not answer; what was found stays.
    } finally {
      setReading(false);
    }
  };
  useEffect(() => void read(undefined, []), [scarVersion]);
  return { scars, sealed, isComplete: next === undefined, isReading, readOn: () => void read(next, scars) };
}
