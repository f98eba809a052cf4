// Every route of the analyzer, over the engine of the configuration that holds now.
import type { WebSecurity } from '../service/web-security.ts';
import type { ConfiguredActions } from './actions.ts';
import { createActionRoutes } from './api/action-routes.ts';
import { createAnomalyRoutes } from './api/anomaly-routes.ts';
import { createForecastRoutes } from './api/forecast-routes.ts';
import { createApiRoutes } from './api/routes.ts';
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
}

export interface RouteDeps {
  /** Unix seconds. */
  readonly clock: () => number;
  readonly actionStore: Store;
  readonly security: WebSecurity | undefined;
}

export function createRoutes(engine: () => Served, { clock, actionStore, security }: RouteDeps) {
  const snapshot = () => engine().cycle.snapshot();
  return createApiRoutes(snapshot, clock).use(
    createForecastRoutes({ snapshot, deps: () => engine().onDemand, clock }),
    createAnomalyRoutes({
      report: () => engine().watcher.report(),
      label: (request) => engine().watcher.label(request),
      isAuthenticated: () => security?.isAuthenticating() ?? false,
      clock,
    }),
    createActionRoutes({
      store: actionStore,
      intake: createIntake(actionStore, clock),
      gate: () => engine().actions.gate,
      playbooks: () => engine().actions.service.playbooks,
      clock,
    }),
  );
}
