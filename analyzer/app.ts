// Wires the analyzer: configuration → querier, reader, forecasts, cycle, outbox → /metrics and the API.
import { render } from '../exporter/promformat/render.ts';
import { createHttpService, type ListenAddress } from '../service/http-service.ts';
import type { Logger } from '../service/log.ts';
import type { App } from '../service/run.ts';
import { createSelfMetrics } from '../service/self-metrics.ts';
import { createWebSecurity } from '../service/web-security.ts';
import { createAlertmanagerClient } from './alerts/alertmanager.ts';
import { createOutbox } from './alerts/outbox.ts';
import { createApiRoutes } from './api/routes.ts';
import { RULES } from './bottleneck/list.ts';
import { type Config, type ConfigOverrides, loadAnalyzerConfig, loadPreset } from './config.ts';
import { type AnalyzerMetrics, registerAnalyzerMetrics } from './metrics.ts';
import { type Cycle, createCycle } from './pipeline/cycle.ts';
import { createForecastPool, type ForecastPool } from './pipeline/forecast-pool.ts';
import { createFeatureReader } from './pipeline/read-features.ts';
import { createForecastRefresher } from './pipeline/refresh-forecasts.ts';
import { createScheduler, type Scheduler } from './pipeline/scheduler.ts';
import { EMPTY_SNAPSHOT, type Snapshot } from './pipeline/state.ts';
import { createPrometheusClient } from './prometheus/client.ts';
import { toFamilies } from './synthetic/exposition.ts';

const PRESET = 'latency-guard';

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
    await old.pool.close();
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
    links: { Findings: '/api/v1/findings', Runway: '/api/v1/runway', Status: '/api/v1/status' },
    routes: createApiRoutes(snapshot),
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
      await engine.pool.close();
    },
    reload,
  };
}

interface EngineDeps extends AnalyzerDeps {
  readonly metrics: AnalyzerMetrics;
  /** Findings live on across a reload. */
  readonly before: Snapshot;
}

function createEngine(config: Config, { log, clock, metrics, before }: EngineDeps): Engine {
  const preset = loadPreset(PRESET);
  const { prometheus, alertmanager, forecast, findings, thresholds } = config;
  const querier = createPrometheusClient({
    url: prometheus.url,
    timeoutMs: prometheus.timeout * 1000,
  });
  const pool = createForecastPool({ maxThreads: forecast.threads });
  const cycle = createCycle({
    reader: createFeatureReader({
      querier,
      sources: preset.features,
      memoryHistory: preset.memory_history,
    }),
    refresher: createForecastRefresher({
      querier,
      pool,
      signals: preset.signals,
      horizons: forecast.horizons,
      maxSubjects: forecast.max_subjects,
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
    scheduler: createScheduler({ intervalMs: config.cycle_interval * 1000, run }),
  };
}
