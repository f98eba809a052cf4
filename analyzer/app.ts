// Wires the analyzer: configuration → querier, reader, forecasts, cycle, outbox → /metrics and the API.
import { render } from '../exporter/promformat/render.ts';
import { createHttpService, type ListenAddress } from '../service/http-service.ts';
import type { Logger } from '../service/log.ts';
import type { App } from '../service/run.ts';
import { createSelfMetrics } from '../service/self-metrics.ts';
import { createWebSecurity } from '../service/web-security.ts';
import { checkActions, openActionStore } from './actions.ts';
import { createRoutes } from './analyzer-routes.ts';
import { loadLogin } from './api/auth-config.ts';
import { type Config, type ConfigOverrides, loadAnalyzerConfig } from './config.ts';
import { closePools, createEngine, type Engine, startEngine, stopEngine } from './engine.ts';
import { registerAnalyzerMetrics } from './metrics.ts';
import { createAnomalyStore } from './pipeline/anomaly-store.ts';
import { createFindingMemory } from './pipeline/finding-memory.ts';
import { createForecastMemory } from './pipeline/forecast-memory.ts';
import { EMPTY_SNAPSHOT, shifted } from './pipeline/state.ts';
import { toActionFamilies } from './remediation/families.ts';
import { createServerTime } from './server-time.ts';
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
  /** Seconds that nobody can set; without it the clock is what it says, as in a replay. */
  readonly monotonic?: () => number;
}

export function createApp(options: AnalyzerOptions, given: AnalyzerDeps): App {
  const time = createServerTime({ ...given, onStep: () => reload() });
  const deps = { ...given, clock: time.clock, time };
  const self = createSelfMetrics('guard_analyzer');
  const metrics = registerAnalyzerMetrics(self.registry);
  const load = () => loadChecked(options);
  const config = load();
  const stores = openStores(options, config, deps.log);
  const first = { ...EMPTY_SNAPSHOT, findings: stores.findings.load(deps.clock()) };
  let engine = createEngine(config, { ...deps, ...stores, metrics, before: first });
  self.configLoaded(true);
  const snapshot = () => engine.cycle.snapshot();

  let isStopped = false;
  let reloading: Promise<void> = Promise.resolve();
  /** One after the other: each ends the engine that the one before it has built. */
  const reload = (): Promise<void> => {
    reloading = reloading.catch(() => {}).then(swap);
    return reloading;
  };

  const reloadIdle = unlessBusy(() => engine, reload);

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
    const before = shifted(old.cycle.snapshot(), time.takeSteps());
    engine = createEngine(config, { ...deps, ...stores, metrics, before });
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
    ...createRoutes(() => engine, { ...deps, actionStore: stores.actionStore, security }),
    notReady: () =>
      snapshot().outcome === 'ok' || snapshot().outcome === 'no_data'
        ? undefined
        : snapshot().problem,
    reload: reloadIdle,
    async metrics() {
      const now = snapshot();
      const families = [
        ...toFamilies(now, deps.clock()),
        ...toAnomalyFamilies(now.anomalies),
        ...(await toActionFamilies(stores.actionStore)),
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
      await stores.actionStore.close();
      await closePools(engine);
    },
    reload: reloadIdle,
  };
}

/** A new engine ends what the old one runs: whoever asks for one waits, a step of the clock cannot. */
function unlessBusy(engine: () => Engine, reload: () => Promise<void>): () => Promise<void> {
  return async () => {
    const running = engine().actions.service.running();
    if (running > 0)
      throw new Error(`it would end ${running} action(s) half-way: try again when they are over`);
    await reload();
  };
}

/** What outlives engines, and the program where there is a folder. */
function openStores({ storagePath }: AnalyzerOptions, config: Config, log: Logger) {
  return {
    store: createAnomalyStore(storagePath),
    actionStore: openActionStore(storagePath, config, log),
    findings: createFindingMemory(storagePath, (error) =>
      log.warn({ err: error }, 'findings are kept in memory only'),
    ),
    forecasts: createForecastMemory(storagePath, (error) =>
      log.warn({ err: error }, 'what forecasts are made from'),
    ),
  };
}

/** With playbooks, tokens and secrets, as a start reads them. @throws {ConfigError} */
export function checkConfig(options: AnalyzerOptions): void {
  loadChecked(options);
}

/** @throws {ConfigError} also for what the configuration refers to. */
function loadChecked({ configFile, overrides, storagePath }: AnalyzerOptions): Config {
  const config = loadAnalyzerConfig(configFile, overrides);
  checkActions(config, storagePath !== undefined);
  loadLogin(config.auth);
  return config;
}
