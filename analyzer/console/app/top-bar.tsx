// The bar at the top: the pages, how the analyzer is, light or dark, who is logged in, and the kill switch.
import type { ActionsAnswer, KillSwitchAnswer, StatusAnswer } from './data/answers.ts';
import { useConnection, useFindings, useViewer } from './data/context.ts';
import { linkTo } from './data/location.ts';
import { type Resource, useResource } from './data/resource.ts';
import { THEMES, type Theme, useTheme } from './data/theme.ts';
import { KillSwitchButton } from './kill-switch.tsx';
import { PAGES } from './pages/list.ts';
import { Ago } from './parts/words.tsx';

export interface TopBarProps {
  readonly page: string;
  readonly killSwitch: Resource<KillSwitchAnswer>;
}

export function TopBar({ page, killSwitch }: TopBarProps) {
  const counts = useCounts();
  return (
    <header className="top">
      <a className="brand" href={linkTo('now')}>
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
          <path
            className="mark"
            d="M16 2 4 6.5v8.6C4 22.4 9 27.6 16 30c7-2.4 12-7.6 12-14.9V6.5z"
          />
          <path className="pulse" d="M8 17h4l2.5-6 3.5 11 2.5-5H24" />
        </svg>
        Latency Guard
      </a>
      <nav aria-label="Pages">
        <ul>
          {PAGES.map(({ name, title }) => (
            <li key={name}>
              <a href={linkTo(name)} aria-current={name === page ? 'page' : undefined}>
                {title}
                {(counts[name] ?? 0) > 0 && (
                  <span className="count">
                    {counts[name]}
                    <span className="unseen"> {name === 'actions' ? 'waiting' : 'open'}</span>
                  </span>
                )}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div className="top-right">
        <AnalyzerState />
        <ThemeChoice />
        <WhoAmI />
        <KillSwitchButton killSwitch={killSwitch} />
      </div>
    </header>
  );
}

/** What waits for somebody, beside the name of its page. */
function useCounts(): Readonly<Record<string, number>> {
  const findings = useFindings().data?.findings;
  const waiting = useResource<ActionsAnswer>('/api/v1/actions?state=waiting', 'actions').data;
  return {
    now: findings?.filter(({ state }) => state === 'firing').length ?? 0,
    actions: waiting?.actions.length ?? 0,
  };
}

const STATES = {
  ok: 'Analyzer ok',
  warming_up: 'Warming up',
  degraded: 'Degraded',
} as const;

function AnalyzerState() {
  const { state: connection } = useConnection();
  const { data } = useResource<StatusAnswer>('/api/v1/status', 'status');
  const state = connection === 'lost' ? 'lost' : (data?.state ?? 'warming_up');
  const text =
    connection === 'lost' ? 'No connection' : data === undefined ? '…' : STATES[data.state];
  return (
    <span className={`state ${state}`} title={data?.reason ?? undefined}>
      <span className="dot" aria-hidden="true" />
      {text}
      {data?.lastCycle != null && (
        <span className="state-when">
          , <Ago time={data.lastCycle} />
        </span>
      )}
    </span>
  );
}

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'As the system',
  light: 'Light',
  dark: 'Dark',
};

function ThemeChoice() {
  const [theme, setTheme] = useTheme();
  return (
    <label className="theme">
      <span className="unseen">Colours</span>
      <select value={theme} onChange={({ target }) => setTheme(target.value as Theme)}>
        {THEMES.map((name) => (
          <option key={name} value={name}>
            {THEME_NAMES[name]}
          </option>
        ))}
      </select>
    </label>
  );
}

function WhoAmI() {
  const { me, send } = useViewer();
  if (me === undefined) return null;
  if (me.via === 'session') {
    const logOut = () => {
      send<{ redirect: string | null }>('/auth/logout', {}).then(
        (answer) => window.location.assign(answer?.redirect ?? '/'),
        () => window.location.reload(),
      );
    };
    return (
      <span className="who">
        {me.name} <span className="role">{me.role}</span>
        <button type="button" className="small" onClick={logOut}>
          Log out
        </button>
      </span>
    );
  }
  if (me.csrfToken === null && (me.login.oidc || me.login.token))
    return <a href={linkTo('log-in')}>Log in</a>;
  return (
    <span className="who">{me.via === 'local' ? 'this machine' : (me.name ?? 'read only')}</span>
  );
}
