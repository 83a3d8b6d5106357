/** The frame around the views: who this is, the figures, where one can go. */
import { useEffect, useRef } from 'preact/hooks';
import { EntryView } from './entry/entry-view.tsx';
import { type Snapshot, useLive } from './node/live.ts';
import { ReceiptFeed } from './parts/feed.tsx';
import { type Route, useRoute, type ViewName } from './parts/route.ts';
import { ThemeButton, toggleTheme } from './parts/theme.tsx';
import { Figures } from './views/figures.tsx';
import { GovernanceView } from './views/governance.tsx';
import { JournalView } from './views/journal.tsx';
import { Overview } from './views/overview.tsx';
import { ScarsView } from './views/scars.tsx';

const TABS: readonly { readonly view: ViewName; readonly name: string }[] = [
  { view: 'overview', name: 'Overview' },
  { view: 'receipts', name: 'Receipts' },
  { view: 'journal', name: 'Journal' },
  { view: 'scars', name: 'Scars' },
  { view: 'governance', name: 'Governance' },
];

export function App() {
  const snapshot = useLive();
  const route = useRoute();
  const main = useRef<HTMLElement>(null);
  const isFirst = useRef(true);
  useShortcuts();
  useEffect(() => {
    const name = TABS.find(({ view }) => view === route.view)?.name ?? 'Entry';
    document.title = `${name} · ${snapshot.status?.federationName ?? 'Tessrax node'}`;
  }, [route.view, snapshot.status?.federationName]);
  useEffect(() => {
    // Who comes by keyboard or screen reader goes on where the new view begins; on arrival the page begins at its top.
    if (!isFirst.current) main.current?.focus();
    isFirst.current = false;
  }, [route.view, route.hash]);
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Head snapshot={snapshot} />
      <Figures snapshot={snapshot} />
      <nav class="tabs" aria-label="Views">
        {TABS.map(({ view, name }) => (
          <a key={view} href={`#/${view}`} aria-current={route.view === view ? 'page' : undefined}>
            {name}
          </a>
        ))}
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <View route={route} snapshot={snapshot} />
      </main>
    </>
  );
}

function View({ route, snapshot }: { readonly route: Route; readonly snapshot: Snapshot }) {
  // Views of texts of unknown length wait for them: nothing that is seen moves.
  const isKnown = snapshot.status !== undefined;
  switch (route.view) {
    case 'receipts':
      return <ReceiptFeed key={route.origin} origin={route.origin} snapshot={snapshot} rows={18} title="Receipts" />;
    case 'journal':
      return isKnown ? <JournalView snapshot={snapshot} /> : null;
    case 'scars':
      return isKnown ? <ScarsView snapshot={snapshot} /> : null;
    case 'governance':
      return isKnown ? <GovernanceView snapshot={snapshot} /> : null;
    case 'entry':
      return <EntryView key={route.hash} hash={route.hash} snapshot={snapshot} />;
    default:
      return <Overview snapshot={snapshot} />;
  }
}

function Head({ snapshot }: { readonly snapshot: Snapshot }) {
  const { status, connection, members } = snapshot;
  const self = members.find(({ isSelf }) => isSelf);
  const text = { connecting: 'connecting', live: 'live', lost: 'no answer from the node' }[connection];
  return (
    <header class="head">
      <img src="./icon.svg" alt="" width="28" height="28" />
      <div class="head-who">
        <h1>{status?.federationName ?? 'Tessrax'}</h1>
        <p>
          <b>{self?.name ?? '–'}</b> <span class="mono">{status === undefined ? '' : status.peerId}</span>
        </p>
      </div>
      <p class={`connection is-${connection}`} role="status">
        {text}
      </p>
      <span class="head-version num">{status === undefined ? '' : `v${status.version}`}</span>
      <ThemeButton />
    </header>
  );
}

/** `/` searches, `t` changes the theme, 1 to 5 choose a view; nowhere else than outside of inputs. */
function useShortcuts(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof HTMLInputElement || target instanceof HTMLSelectElement) return;
      const tab = TABS[Number(key) - 1];
      if (tab !== undefined) location.hash = `#/${tab.view}`;
      else if (key === 't') toggleTheme();
      else if (key === '/') {
        event.preventDefault();
        focusSearch();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

function focusSearch(): void {
  const field = document.getElementById('search');
  if (field === null) location.hash = '#/receipts';
  // The view is drawn after the address has changed.
  setTimeout(() => document.getElementById('search')?.focus());
}
