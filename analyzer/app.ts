// Wires the analyzer: configuration → querier, reader, forecasts, cycle, outbox → /metrics and the API.
import { render } from '../exporter/promformat/render.ts';
import { createHttpService, type ListenAddress } from '../service/http-service.ts';
import type { Logger } from '../service/log.ts';
import type { App } from '../service/run.ts';
import { createSelfMetrics } from '../service/self-metrics.ts';
import { createWebSecurity } from '../service/web-security.ts';
import { createAlertmanagerClient } from './alerts/alertmanager.ts';
import { createOutbox } from './alerts/outbox.ts';
import { createForecastRoutes } from './api/forecast-routes.ts';
import { createApiRoutes } from './api/routes.ts';
import { RULES } from './bottleneck/list.ts';
import { type Config, type ConfigOverrides, combinePresets, loadAnalyzerConfig } from './config.ts';
import { type AnalyzerMetrics, registerAnalyzerMetrics } from './metrics.ts';
import { type Cycle, createCycle } from './pipeline/cycle.ts';
import { createPresetDetector } from './pipeline/detect-presets.ts';
import { createForecastPool, type ForecastPool } from './pipeline/forecast-pool.ts';
import { createQueryThread, type QueryThread } from './pipeline/query-thread.ts';
import { createFeatureReader } from './pipeline/read-features.ts';
import { createForecastRefresher } from './pipeline/refresh-forecasts.ts';
import type { QueryDeps } from './pipeline/replay-query.ts';
import { createScheduler, type Scheduler } from './pipeline/scheduler.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from './pipeline/state.ts';
import { DETECTED_BY, type PresetName, STANDARD_PRESET } from './presets/list.ts';
import { createPrometheusClient } from './prometheus/client.ts';
import type { Querier } from './prometheus/querier.ts';
import { toFamilies } from './synthetic/exposition.ts';

export interface AnalyzerOptions {
  readonly configFile: string | undefined;
  readonly overrides: ConfigOverrides;
  readonly listen: ListenAddress;
  readonly webConfigFile?: string | undefined;
}

export interface AnalyzerDeps {
  readonly log: Logger;
  /** Unix seconds. */
  readonly clock: () => number;
}

const NO_ALERTMANAGER = {
  what: 'alertmanager',
  signal: '',
  reason: 'not_configured',
  detail:
    'No Alertmanager is configured, findings alert nobody: set alertmanager.urls or --alertmanager.url',
};

/** What one configuration brings to life; a reload builds a new one and ends the old. */
interface Engine {
  readonly cycle: Cycle;
  readonly scheduler: Scheduler;
  readonly pool: ForecastPool;
  readonly history: QueryThread;
  /** What answers queries on demand: a thread of its own, so that neither waits for the other. */
  readonly onDemand: QueryDeps;
}

export function createApp(options: AnalyzerOptions, deps: AnalyzerDeps): App {
  const self = createSelfMetrics('guard_analyzer');
  const metrics = registerAnalyzerMetrics(self.registry);
  const load = () => loadAnalyzerConfig(options.configFile, options.overrides);
  let engine = createEngine(load(), { ...deps, metrics, before: EMPTY_SNAPSHOT });
  self.configLoaded(true);
  const snapshot = () => engine.cycle.snapshot();

  async function reload(): Promise<void> {
    let config: Config;
    try {
      config = load();
    } catch (error) {
      self.configLoaded(false);
      throw error;
    }
    const old = engine;
    await old.scheduler.stop();
    engine = createEngine(config, { ...deps, metrics, before: old.cycle.snapshot() });
    engine.scheduler.start();
    self.configLoaded(true);
    await closePools(old);
  }

  const service = createHttpService({
    title: 'Latency Guard analyzer',
    description: 'Forecasts, bottlenecks and alerts, computed from Prometheus.',
    listen: options.listen,
    security: createWebSecurity(options.webConfigFile, {
      log: deps.log,
      registry: self.registry,
      prefix: 'guard_analyzer',
    }),
    log: deps.log,
    links: {
      Findings: '/api/v1/findings',
      Forecasts: '/api/v1/forecasts',
      Runway: '/api/v1/runway',
      Status: '/api/v1/status',
    },
    routes: createApiRoutes(snapshot).use(
      createForecastRoutes({ snapshot, deps: () => engine.onDemand, clock: deps.clock }),
    ),
    notReady: () =>
      snapshot().outcome === 'ok' || snapshot().outcome === 'no_data'
        ? undefined
        : snapshot().problem,
    reload,
    metrics: async () => render(toFamilies(snapshot())) + (await self.registry.metrics()),
  });

  return {
    async start() {
      const { host, port } = await service.start();
      deps.log.info({ address: `${host}:${port}` }, 'listening');
      engine.scheduler.start();
    },
    async stop() {
      await service.stop();
      await engine.scheduler.stop();
      await closePools(engine);
    },
    reload,
  };
}

async function closePools({ pool, history, onDemand }: Engine): Promise<void> {
  await Promise.all([pool.close(), history.close(), onDemand.pool.close()]);
}

interface EngineDeps extends AnalyzerDeps {
  readonly metrics: AnalyzerMetrics;
  /** Findings live on across a reload. */
  readonly before: Snapshot;
}

function createEngine(config: Config, { log, clock, metrics, before }: EngineDeps): Engine {
  const { prometheus, alertmanager, forecast, findings, thresholds } = config;
  const querier = createPrometheusClient({
    url: prometheus.url,
    timeoutMs: prometheus.timeout * 1000,
  });
  // Weeks of many series: received and parsed in a thread of its own, so that nothing else waits for it.
  const history = createQueryThread({
    url: prometheus.url,
    timeoutMs: prometheus.timeout * 1000,
  });
  const presets = choosePresets(config, querier);
  const pool = createForecastPool({ maxThreads: forecast.threads });
  const cycle = createCycle({
    reader: {
      async read(now) {
        await presets.check(now);
        return presets.current().reader.read(now);
      },
    },
    refresher: createForecastRefresher({
      querier: history,
      pool,
      signals: () => presets.current().signals,
      horizons: forecast.horizons,
      maxSubjects: forecast.max_subjects,
      cpuCores: forecast.cpu_cores,
      onLoad: metrics.forecastsRefreshed,
    }),
    rules: RULES,
    thresholds,
    outbox: createOutbox({
      client: createAlertmanagerClient(alertmanager.urls, {
        timeoutMs: alertmanager.timeout * 1000,
      }),
      resendInterval: alertmanager.resend_interval,
      runbooks: config.links.runbooks,
      alertnameOf: (kind) =>
        RULES.find((rule) => rule.kind === kind)?.alertname ?? 'GuardBottleneck',
    }),
    hold: findings.hold,
    clear: findings.clear,
    before,
    clock,
    log,
    onAlerts: metrics.alertsSent,
    absent: alertmanager.urls.length === 0 ? [NO_ALERTMANAGER] : [],
  });
  const run = async () => {
    await cycle.run();
    metrics.cycleDone(cycle.snapshot());
  };
  return {
    cycle,
    pool,
    history,
    onDemand: { querier, pool: createForecastPool({ maxThreads: 1 }) },
    scheduler: createScheduler({ intervalMs: config.cycle_interval * 1000, run }),
  };
}

/** The presets that the configuration names, or those whose exporters the server has. */
function choosePresets(config: Config, querier: Querier) {
  const isAuto = config.presets === 'auto';
  return createPresetDetector({
    querier,
    always: config.presets === 'auto' ? [STANDARD_PRESET] : config.presets,
    detectedBy: isAuto ? DETECTED_BY : {},
    combine(names: readonly PresetName[]) {
      const { features, memory_history, memory_trend, signals } = combinePresets(names, config);
      return {
        signals,
        reader: createFeatureReader({
          querier,
          sources: features,
          memoryHistory: memory_history,
          memoryTrend: memory_trend,
        }),
      };
    },
  });
}
