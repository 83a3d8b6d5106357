/** A list of any length of which only what can be seen is in the document. Arrow keys move through it, Enter opens. */
import type { ComponentChildren, RefObject, TargetedKeyboardEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useSize } from './measure.ts';

/** Rows kept above and below what is seen, so that scrolling shows no gaps. */
const SPARE_ROWS = 8;

interface Row {
  readonly key: string;
  readonly href?: string;
  readonly content: ComponentChildren;
}

interface WindowListProps {
  readonly id: string;
  readonly label: string;
  readonly count: number;
  readonly rowHeight: number;
  /** Rows high; the list keeps this height however few there are. */
  readonly rows: number;
  readonly row: (index: number) => Row;
  /** The last rows are near. */
  readonly onEnd?: () => void;
}

export function WindowList({ id, label, count, rowHeight, rows, row, onEnd }: WindowListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const { height } = useSize(box, { width: 0, height: rows * rowHeight });
  const { active, onKeyDown } = useArrowKeys(box, { count, rowHeight, height, row });
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + SPARE_ROWS);
  useEffect(() => {
    if (last + SPARE_ROWS >= count) onEnd?.();
  }, [last, count, onEnd]);
  const shown = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  return (
    <div
      ref={box}
      class="window"
      role="listbox"
      aria-label={label}
      tabIndex={0}
      aria-activedescendant={active >= 0 && active < count ? `${id}-${active}` : undefined}
      style={{ height: `${rows * rowHeight}px` }}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div class="window-space" role="presentation" style={{ height: `${count * rowHeight}px` }}>
        {shown.map((index) => (
          <WindowRow
            key={row(index).key}
            id={`${id}-${index}`}
            row={row(index)}
            place={{ index, count, rowHeight }}
            isActive={index === active}
          />
        ))}
      </div>
    </div>
  );
}

interface WindowRowProps {
  readonly id: string;
  readonly row: Row;
  readonly place: { readonly index: number; readonly count: number; readonly rowHeight: number };
  readonly isActive: boolean;
}

function WindowRow({ id, row: { href, content }, place: { index, count, rowHeight }, isActive }: WindowRowProps) {
  return (
    <div
      id={id}
      class={`window-row${isActive ? ' is-active' : ''}`}
      role="option"
      aria-selected={isActive}
      aria-setsize={count}
      aria-posinset={index + 1}
      tabIndex={-1}
      style={{ transform: `translateY(${index * rowHeight}px)`, height: `${rowHeight}px` }}
    >
      {href === undefined ? (
        <span class="row">{content}</span>
      ) : (
        <a class="row" href={href} tabIndex={-1}>
          {content}
        </a>
      )}
    </div>
  );
}

interface Measures {
  readonly count: number;
  readonly rowHeight: number;
  readonly height: number;
  readonly row: (index: number) => Row;
}

function useArrowKeys(box: RefObject<HTMLDivElement | null>, { count, rowHeight, height, row }: Measures) {
  const [active, setActive] = useState(-1);
  // Keys may come faster than the list is drawn: each goes on from the one before.
  const present = useRef(active);
  const move = (index: number): void => {
    const next = Math.max(0, Math.min(count - 1, index));
    present.current = next;
    setActive(next);
    const element = box.current;
    if (element === null) return;
    const above = next * rowHeight;
    if (above < element.scrollTop) element.scrollTop = above;
    else if (above + rowHeight > element.scrollTop + height) element.scrollTop = above + rowHeight - height;
  };
  const onKeyDown = (event: TargetedKeyboardEvent<HTMLDivElement>): void => {
    const page = Math.max(1, Math.floor(height / rowHeight) - 1);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: present.current + 1,
      ArrowUp: present.current - 1,
      PageDown: present.current + page,
      PageUp: present.current - page,
      Home: 0,
      End: count - 1,
    };
    const to = moves[event.key];
    if (to !== undefined && count > 0) {
      event.preventDefault();
      move(to);
    } else if (event.key === 'Enter' && present.current >= 0 && present.current < count) {
      const { href } = row(present.current);
      if (href !== undefined) location.hash = href;
    }
  };
  return { active, onKeyDown };
}
