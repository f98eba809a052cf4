// Every route of the analyzer, over the engine of the configuration that holds now.
import type { RequestHandler, Router } from 'express';
import { productVersion } from '../service/flags.ts';
import type { Logger } from '../service/log.ts';
import type { WebSecurity } from '../service/web-security.ts';
import type { ConfiguredActions } from './actions.ts';
import { type AccessControl, createAccess } from './api/access.ts';
import type { Login } from './api/auth-config.ts';
import type { Links } from './api/console-routes.ts';
import { createConsoleRoutes } from './api/console-static.ts';
import { createTopics } from './api/events-topics.ts';
import { mountRoutes } from './api/mount-routes.ts';
import { createOidc } from './api/oidc.ts';
import type { PreviewThread } from './api/preview-thread.ts';
import { createRateLimits } from './api/rate-limits.ts';
import { createRouteList, type RouteListOptions } from './api/route-list.ts';
import { createSessions } from './api/sessions.ts';
import type { RulesSettings } from './api/thresholds-file.ts';
import type { ConfiguredNotices } from './configured-notices.ts';
import type { SignalDefinitions } from './features/signal.ts';
import type { Cycle } from './pipeline/cycle.ts';
import type { QueryDeps } from './pipeline/replay-query.ts';
import type { AnomalyWatcher } from './pipeline/watch-anomalies.ts';
import { createIntake } from './remediation/intake.ts';
import type { Store } from './store/store.ts';

export interface Served {
  readonly cycle: Cycle;
  readonly watcher: AnomalyWatcher;
  readonly actions: ConfiguredActions;
  readonly onDemand: QueryDeps;
  readonly signals: () => SignalDefinitions;
  readonly links: Links;
  readonly login: Login;
  readonly previews: PreviewThread;
  readonly rules: RulesSettings;
  readonly notices: ConfiguredNotices;
}

export interface RouteDeps {
  /** Unix seconds. */
  readonly clock: () => number;
  readonly actionStore: Store;
  readonly security: WebSecurity | undefined;
  readonly log: Logger;
}

export interface AnalyzerRoutes {
  readonly routes: Router;
  /** Where people can say who they are, only administrators reload. */
  readonly guardReload: RequestHandler;
}

export function createRoutes(engine: () => Served, deps: RouteDeps): AnalyzerRoutes {
  const { clock, log } = deps;
  const sessions = createSessions(clock);
  const auth = () => engine().login.auth;
  const gate = () => engine().actions.gate;
  const oidc = createOidc({ settings: () => engine().login.oidc, clock, log });
  const access = createAccess({
    ...{ gate, auth, sessions },
    isAuthenticated: () => deps.security?.isAuthenticating() ?? false,
  });
  const list = createRouteList({
    ...createListOptions(engine, deps),
    auth: { auth, gate, sessions, oidc },
  });
  const routes = mountRoutes(list, { access, limits: createRateLimits(), log }).use(
    createConsoleRoutes(),
  );
  const isOpen = () => !gate().hasTokens && auth().oidc === undefined;
  return { routes, guardReload: createReloadGuard(access, isOpen) };
}

function createReloadGuard(access: AccessControl, isOpen: () => boolean): RequestHandler {
  const requireAdmin = access.require({
    ...{ method: 'post', path: '/-/reload', summary: '', access: 'admin', changes: true },
  });
  return (request, response, next) => {
    if (isOpen()) next();
    else access.identify(request, response, () => requireAdmin(request, response, next));
  };
}

function createListOptions(
  engine: () => Served,
  { clock, actionStore }: RouteDeps,
): Omit<RouteListOptions, 'auth'> {
  const snapshot = () => engine().cycle.snapshot();
  return {
    version: productVersion(),
    forecasts: { snapshot, deps: () => engine().onDemand, clock },
    anomalies: {
      report: () => engine().watcher.report(),
      label: (request) => engine().watcher.label(request),
      clock,
    },
    events: {
      topics: createTopics({
        snapshot,
        audited: async () => (await actionStore.audit.list(1))[0]?.seq,
      }),
      clock,
    },
    history: {
      signals: () => engine().signals(),
      querier: () => engine().onDemand.querier,
      clock,
    },
    console: {
      links: () => engine().links,
      unavailable: () => snapshot().unavailable,
      verify: actionStore.audit.verify,
      clock,
    },
    rules: {
      store: actionStore,
      settings: () => engine().rules,
      previews: () => engine().previews,
      clock,
    },
    suggestions: {
      store: actionStore,
      snapshot,
      ranking: () => engine().actions.service.ranking,
      clock,
    },
    tickets: { store: actionStore, snapshot, desk: () => engine().notices.desk, clock },
    actions: {
      store: actionStore,
      intake: createIntake(actionStore, clock),
      playbooks: () => engine().actions.service.playbooks,
      waits: (action) => engine().actions.service.waits(action),
      clock,
    },
  };
}
