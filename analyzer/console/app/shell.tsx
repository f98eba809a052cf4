// What surrounds every page: navigation, who looks, whether the connection holds, and the switch that stops all actions.
import { useEffect, useMemo, useRef, useState } from 'react';
import type { FindingsAnswer, KillSwitchAnswer, LinksAnswer } from './data/answers.ts';
import { FindingsContext, LiveContext, useConnection, ViewerContext } from './data/context.ts';
import { LinksContext } from './data/links.ts';
import { createLive } from './data/live.ts';
import { linkTo, usePlace } from './data/location.ts';
import { useResource } from './data/resource.ts';
import { useViewerState, type Viewer } from './data/viewer.ts';
import { KillSwitchBanner } from './kill-switch.tsx';
import { LogIn } from './log-in.tsx';
import { PAGES, type Page } from './pages/list.ts';
import { TopBar } from './top-bar.tsx';

export function Shell() {
  const live = useMemo(() => createLive(), []);
  const viewer = useViewerState();
  const { page } = usePlace();
  const { me } = viewer;
  const asksWho = me?.mayRead === false || (page === 'log-in' && me?.csrfToken === null);
  return (
    <LiveContext value={live}>
      <ViewerContext value={viewer}>
        {asksWho && me !== undefined ? <LogIn me={me} /> : <Console viewer={viewer} />}
      </ViewerContext>
    </LiveContext>
  );
}

const NO_LINKS: LinksAnswer = { runbooks: '', prometheus: null, grafana: null };

function Console({ viewer }: { viewer: Viewer }) {
  const { page: path } = usePlace();
  const page = PAGES.find(({ name }) => name === path.split('/')[0]) ?? PAGES[0];
  const links = useResource<LinksAnswer>('/api/v1/links').data ?? NO_LINKS;
  const findings = useResource<FindingsAnswer>('/api/v1/findings', 'findings');
  const paused = useResource<KillSwitchAnswer>('/api/v1/kill-switch', 'actions');
  useFreshViewer(viewer);
  return (
    <LinksContext value={links}>
      <FindingsContext value={findings}>
        <a className="skip" href={linkTo(path)} onClick={focusMain}>
          Skip to the page
        </a>
        <TopBar page={page.name} killSwitch={paused} />
        <LostBanner />
        <KillSwitchBanner killSwitch={paused} />
        <Main page={page} />
      </FindingsContext>
    </LinksContext>
  );
}

/** A page begins at its top, and is announced: its heading has the focus after a change of page. */
function Main({ page }: { page: Page }) {
  const main = useRef<HTMLElement>(null);
  const before = useRef(page.name);
  useEffect(() => {
    document.title = `${page.title} · Latency Guard`;
    if (before.current === page.name) return;
    before.current = page.name;
    main.current?.focus();
    window.scrollTo(0, 0);
  }, [page]);
  const { Content } = page;
  return (
    <main ref={main} id="main" tabIndex={-1}>
      <Content />
    </main>
  );
}

function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}

function LostBanner() {
  const { state, since } = useConnection();
  return (
    <div role="status">
      {state === 'lost' && (
        <p className="banner lost">
          <strong>Connection lost</strong>, since {new Date(since * 1000).toLocaleTimeString()}.
          What you see may be old; the page goes on by itself when the analyzer answers again.
        </p>
      )}
    </div>
  );
}

/** An analyzer that was started anew knows neither the session nor the proof of the one before. */
function useFreshViewer({ refresh }: Viewer): void {
  const { state } = useConnection();
  const [wasLost, setWasLost] = useState(false);
  useEffect(() => {
    if (state === 'lost') setWasLost(true);
    if (state !== 'live' || !wasLost) return;
    setWasLost(false);
    refresh().catch(() => {});
  }, [state, wasLost, refresh]);
}
