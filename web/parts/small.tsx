/** Small things that several views share. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { STANDING_TEXT, type Standing } from '../node/standing.ts';
import { shortHash } from './format.ts';

interface PanelProps {
  readonly title: string;
  readonly aside?: ComponentChildren;
  readonly class?: string;
  readonly children: ComponentChildren;
}

export function Panel({ title, aside, class: name = '', children }: PanelProps) {
  return (
    <section class={`panel ${name}`} aria-label={title}>
      <header class="panel-head">
        <h2>{title}</h2>
        <div class="panel-aside">{aside}</div>
      </header>
      {children}
    </section>
  );
}

/** Shape and colour both say it: colour alone would not reach everybody. */
export function StandingMark({ standing }: { readonly standing: Standing }) {
  return <span class={`mark mark-${standing}`} role="img" aria-label={STANDING_TEXT[standing]} />;
}

/** A hash, short; a press copies all of it. */
export function Hash({ value, digits = 10 }: { readonly value: string; readonly digits?: number }) {
  const [copied, setCopied] = useState(false);
  if (value === '') return <span class="muted">none</span>;
  const copy = async (): Promise<void> => {
    await navigator.clipboard?.writeText(value);
    setCopied(true);
    setTimeout(() => setCopied(false), 1200);
  };
  return (
    <button type="button" class="hash" title={`${value}: copy`} onClick={() => void copy()}>
      {copied ? 'copied'.padEnd(digits, ' ') : shortHash(value, digits)}
    </button>
  );
}

export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}
