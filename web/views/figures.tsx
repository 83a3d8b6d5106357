/** The figures that stand above every view. */
import type { ComponentChildren } from 'preact';
import type { Status } from '../node/answers.ts';
import type { Snapshot } from '../node/live.ts';
import { countStandings } from '../node/standing.ts';
import { formatAgo, formatNumber } from '../parts/format.ts';
import { Hash } from '../parts/small.tsx';

export function Figures({ snapshot }: { readonly snapshot: Snapshot }) {
  const { status, members } = snapshot;
  const height = status?.height ?? 0;
  const certified = status?.certified ?? 0;
  const pending = Math.max(0, height - certified);
  const behind = status?.behind ?? 0;
  const others = members.filter(({ isSelf, standing }) => !isSelf && standing !== 'revoked');
  const { agree } = countStandings(others);
  const isUnknown = status === undefined;
  return (
    <dl class="figures">
      <Figure name="Height" note="entries">
        {isUnknown ? '–' : formatNumber(height)}
      </Figure>
      <Figure name="Certified" note="final" tone={isUnknown || pending > 0 ? '' : 'good'}>
        {isUnknown ? '–' : formatNumber(certified)}
      </Figure>
      <Figure name="Pending" note="not final yet" tone={pending > 0 ? 'warn' : ''}>
        {isUnknown ? '–' : formatNumber(pending)}
      </Figure>
      <Figure name="Behind" note={behindNote(status)} tone={behind > 0 ? 'warn' : ''}>
        {isUnknown ? '–' : formatNumber(behind)}
      </Figure>
      <Figure
        name="Agreement"
        note={`of ${formatNumber(others.length)}, same root`}
        tone={isUnknown || agree === others.length ? '' : 'warn'}
      >
        {isUnknown ? '–' : formatNumber(agree)}
      </Figure>
      <Figure name="Ledger root" note={status?.syncing === true ? 'synchronising' : 'SHA-256'}>
        {isUnknown ? '–' : <Hash value={status.root} digits={16} />}
      </Figure>
    </dl>
  );
}

/** How long it may take, where that can be told. */
function behindNote(status: Status | undefined): string {
  if (status === undefined || status.behind === 0 || status.receivedPerSecond === 0) return 'missing here';
  return `about ${formatAgo((status.behind / status.receivedPerSecond) * 1000)}`;
}

interface FigureProps {
  readonly name: string;
  readonly note: string;
  readonly tone?: '' | 'good' | 'warn';
  readonly children: ComponentChildren;
}

function Figure({ name, note, tone = '', children }: FigureProps) {
  return (
    <div class={`figure ${tone === '' ? '' : `is-${tone}`}`} data-figure={name.toLowerCase()}>
      <dt>{name}</dt>
      <dd>
        <span class="figure-value num">{children}</span>
        <small>{note}</small>
      </dd>
    </div>
  );
}
