// Wires the analyzer: configuration → querier, reader, forecasts, cycle, outbox → /metrics and the API.
import { render } from '../exporter/promformat/render.ts';
import { createHttpService, type ListenAddress } from '../service/http-service.ts';
import type { Logger } from '../service/log.ts';
import type { App } from '../service/run.ts';
import { createSelfMetrics } from '../service/self-metrics.ts';
import { createWebSecurity } from '../service/web-security.ts';
import {
  type ConfiguredActions,
  checkActions,
  createConfiguredActions,
  openActionStore,
} from './actions.ts';
import { createAlertmanagerClient } from './alerts/alertmanager.ts';
import { createOutbox } from './alerts/outbox.ts';
import { createRoutes } from './analyzer-routes.ts';
import { createConfiguredWatcher } from './anomaly-watch.ts';
import { RULES } from './bottleneck/list.ts';
import { chooseInvestigator } from './choose-investigator.ts';
import { choosePresets } from './choose-presets.ts';
import { type Config, type ConfigOverrides, loadAnalyzerConfig } from './config.ts';
import { knownAbsences } from './known-absences.ts';
import { type AnalyzerMetrics, registerAnalyzerMetrics } from './metrics.ts';
import { ANOMALY_ALERTNAME, ANOMALY_KIND } from './pipeline/anomaly-events.ts';
import { type AnomalyStore, createAnomalyStore } from './pipeline/anomaly-store.ts';
import { type Cycle, createCycle } from './pipeline/cycle.ts';
import { createForecastPool, type ForecastPool } from './pipeline/forecast-pool.ts';
import { type LoadedClassifier, loadClassifier } from './pipeline/load-classifier.ts';
import { createQueryThread, type QueryThread } from './pipeline/query-thread.ts';
import { createForecastRefresher } from './pipeline/refresh-forecasts.ts';
import type { QueryDeps } from './pipeline/replay-query.ts';
import { createScheduler, type Scheduler } from './pipeline/scheduler.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from './pipeline/state.ts';
import type { AnomalyWatcher } from './pipeline/watch-anomalies.ts';
import { createPrometheusClient } from './prometheus/client.ts';
import { toActionFamilies } from './remediation/families.ts';
import type { Store } from './store/store.ts';
import { toAnomalyFamilies } from './synthetic/anomaly-exposition.ts';
import { toFamilies } from './synthetic/exposition.ts';

export interface AnalyzerOptions {
  readonly configFile: string | undefined;
  readonly overrides: ConfigOverrides;
  readonly listen: ListenAddress;
  readonly webConfigFile?: string | undefined;
  /** Folder of what the analyzer learns; undefined = kept in memory only. */
  readonly storagePath?: string | undefined;
}

export interface AnalyzerDeps {
  readonly log: Logger;
  /** Unix seconds. */
  readonly clock: () => number;
}

/** What the landing page leads to. */
const LINKS = {
  Findings: '/api/v1/findings',
  Anomalies: '/api/v1/anomalies',
  Forecasts: '/api/v1/forecasts',
  Runway: '/api/v1/runway',
  Status: '/api/v1/status',
};

/** What one configuration brings to life; a reload builds a new one and ends the old. */
interface Engine {
  readonly cycle: Cycle;
  readonly scheduler: Scheduler;
  readonly pool: ForecastPool;
  readonly history: QueryThread;
  readonly watcher: AnomalyWatcher;
  readonly actions: ConfiguredActions;
  /** What answers queries on demand: a thread of its own, so that neither waits for the other. */
  readonly onDemand: QueryDeps & { readonly querier: QueryThread };
}

export function createApp(options: AnalyzerOptions, deps: AnalyzerDeps): App {
  const self = createSelfMetrics('guard_analyzer');
  const metrics = registerAnalyzerMetrics(self.registry);
  const load = () => loadChecked(options);
  const config = load();
  const store = createAnomalyStore(options.storagePath);
  const actionStore = openActionStore(options.storagePath, config, deps.log);
  const stores = { store, actionStore };
  let engine = createEngine(config, { ...deps, ...stores, metrics, before: EMPTY_SNAPSHOT });
  self.configLoaded(true);
  const snapshot = () => engine.cycle.snapshot();

  let isStopped = false;
  let reloading: Promise<void> = Promise.resolve();
  /** One after the other: each ends the engine that the one before it has built. */
  const reload = (): Promise<void> => {
    reloading = reloading.catch(() => {}).then(swap);
    return reloading;
  };

  async function swap(): Promise<void> {
    if (isStopped) return;
    let config: Config;
    try {
      config = load();
    } catch (error) {
      self.configLoaded(false);
      throw error;
    }
    const old = engine;
    await stopEngine(old);
    engine = createEngine(config, { ...deps, ...stores, metrics, before: old.cycle.snapshot() });
    startEngine(engine);
    self.configLoaded(true);
    await closePools(old);
  }

  const security = createWebSecurity(options.webConfigFile, {
    log: deps.log,
    registry: self.registry,
    prefix: 'guard_analyzer',
  });
  const service = createHttpService({
    title: 'Latency Guard analyzer',
    description: 'Forecasts, bottlenecks and alerts, computed from Prometheus.',
    listen: options.listen,
    security,
    log: deps.log,
    links: LINKS,
    routes: createRoutes(() => engine, { ...deps, actionStore, security }),
    notReady: () =>
      snapshot().outcome === 'ok' || snapshot().outcome === 'no_data'
        ? undefined
        : snapshot().problem,
    reload,
    async metrics() {
      const now = snapshot();
      const families = [
        ...toFamilies(now, deps.clock()),
        ...toAnomalyFamilies(now.anomalies),
        ...toActionFamilies(actionStore),
      ];
      return render(families) + (await self.registry.metrics());
    },
  });

  return {
    async start() {
      const { host, port } = await service.start();
      deps.log.info({ address: `${host}:${port}` }, 'listening');
      startEngine(engine);
    },
    async stop() {
      isStopped = true;
      await service.stop();
      await reloading.catch(() => {});
      await stopEngine(engine);
      actionStore.close();
      await closePools(engine);
    },
    reload,
  };
}

/** @throws {ConfigError} also for what the configuration refers to. */
function loadChecked({ configFile, overrides, storagePath }: AnalyzerOptions): Config {
  const config = loadAnalyzerConfig(configFile, overrides);
  checkActions(config, storagePath !== undefined);
  return config;
}

function startEngine({ scheduler, actions }: Engine): void {
  scheduler.start();
  actions.start();
}

/** What acts is ended before another engine acts in its place. */
async function stopEngine({ scheduler, actions, watcher }: Engine): Promise<void> {
  await scheduler.stop();
  await actions.stop();
  await watcher.close();
}

async function closePools({ pool, history, onDemand }: Engine): Promise<void> {
  const threads = [pool, history, onDemand.pool, onDemand.querier];
  await Promise.all(threads.map((thread) => thread.close()));
}

interface EngineDeps extends AnalyzerDeps {
  readonly metrics: AnalyzerMetrics;
  readonly store: AnomalyStore;
  readonly actionStore: Store;
  /** Findings live on across a reload. */
  readonly before: Snapshot;
}

function createEngine(config: Config, deps: EngineDeps): Engine {
  const { log, clock, metrics, before } = deps;
  const { prometheus, alertmanager, forecast, findings, thresholds } = config;
  const server = { url: prometheus.url, timeoutMs: prometheus.timeout * 1000 };
  const querier = createPrometheusClient(server);
  // Weeks of many series: received and parsed in a thread of its own, so that nothing else waits for it.
  const history = createQueryThread(server);
  const presets = choosePresets(config, { querier, history });
  const pool = createForecastPool({ maxThreads: forecast.threads });
  const { classifier, problem }: LoadedClassifier = loadClassifier(config.learning.models);
  const refresher = createForecastRefresher({
    querier: history,
    pool,
    signals: () => presets.current().signals,
    horizons: forecast.horizons,
    maxSubjects: forecast.max_subjects,
    cpuCores: forecast.cpu_cores,
    onLoad: metrics.forecastsRefreshed,
  });
  const watcher = createConfiguredWatcher(config.anomalies, {
    querier: history,
    preset: presets.current,
    forecasts: refresher.forecasts,
    store: deps.store,
    log,
  });
  const cycle = createCycle({
    reader: {
      async read(now) {
        await presets.check(now);
        return presets.current().reader.read(now);
      },
    },
    refresher,
    watcher,
    rules: RULES,
    thresholds,
    outbox: createOutbox({
      client: createAlertmanagerClient(alertmanager.urls, {
        timeoutMs: alertmanager.timeout * 1000,
      }),
      resendInterval: alertmanager.resend_interval,
      runbooks: config.links.runbooks,
      alertnameOf,
    }),
    investigator: chooseInvestigator(config, querier),
    classifier,
    hold: findings.hold,
    clear: findings.clear,
    before,
    clock,
    log,
    onAlerts: metrics.alertsSent,
    absent: knownAbsences(config, problem),
  });
  const run = async () => {
    await cycle.run();
    metrics.cycleDone(cycle.snapshot());
  };
  return {
    cycle,
    pool,
    history,
    watcher,
    actions: createConfiguredActions(config, {
      store: deps.actionStore,
      querier,
      findings: () => cycle.snapshot().findings,
      clock,
      log,
    }),
    onDemand: {
      querier: createQueryThread(server),
      pool: createForecastPool({ maxThreads: 1 }),
    },
    scheduler: createScheduler({ intervalMs: config.cycle_interval * 1000, run }),
  };
}

function alertnameOf(kind: string): string {
  if (kind === ANOMALY_KIND) return ANOMALY_ALERTNAME;
  return RULES.find((rule) => rule.kind === kind)?.alertname ?? 'GuardBottleneck';
}
