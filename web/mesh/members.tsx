/** The same members as rows: height, root, what is final of what each wrote. */
import type { Member } from '../node/standing.ts';
import { formatAgo, formatNumber, shortHash } from '../parts/format.ts';
import { Panel, StandingMark } from '../parts/small.tsx';
import { WindowList } from '../parts/window-list.tsx';

const ROW_HEIGHT = 52;

export function Members({ members, rows }: { readonly members: readonly Member[]; readonly rows: number }) {
  const row = (index: number) => {
    const member = members[index];
    if (member === undefined) return { key: `none-${index}`, content: null };
    return {
      key: member.peer,
      href: `#/receipts?origin=${member.peer}`,
      content: <MemberRow member={member} />,
    };
  };
  return (
    <Panel title="Nodes" class="members" aside={<span class="muted num">{formatNumber(members.length)}</span>}>
      <WindowList id="member" label="Nodes" count={members.length} rowHeight={ROW_HEIGHT} rows={rows} row={row} />
    </Panel>
  );
}

function MemberRow({ member }: { readonly member: Member }) {
  const {
    conduct,
    name,
    isSelf,
    isWitness,
    standing,
    detail,
    height,
    root,
    peer,
    feedSize,
    feedCertified,
    lastSeenMs,
  } = member;
  const isAway = standing === 'gone' && lastSeenMs > 0;
  const pending = feedSize - feedCertified;
  return (
    <>
      <StandingMark standing={standing} />
      <span class="member-who">
        <b>{name}</b>
        <small>
          <span class="mono">…{peer.slice(-8)}</span> {isSelf ? '' : isWitness ? 'witness' : 'writer'}
          {conduct !== '' && <span class="text-behind"> · {conduct}</span>}
        </small>
      </span>
      <span class="member-figures">
        <span>
          <span class="num">{root === '' ? '–' : formatNumber(height)}</span>{' '}
          <span class="mono muted">{shortHash(root, 8)}</span>
        </span>
        <small class={standing === 'agree' ? '' : `text-${standing}`}>
          {isAway ? `seen ${formatAgo(Date.now() - lastSeenMs)} ago` : detail}
          {pending > 0 && <span class="muted"> · {formatNumber(pending)} pending</span>}
        </small>
      </span>
    </>
  );
}
