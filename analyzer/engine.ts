import type { Logger } from '../service/log.ts';
import { type ConfiguredActions, createConfiguredActions } from './actions.ts';
import { createAlertmanagerClient } from './alerts/alertmanager.ts';
import { createOutbox } from './alerts/outbox.ts';
import { createConfiguredWatcher } from './anomaly-watch.ts';
import { type Login, loadLogin } from './api/auth-config.ts';
import type { Links } from './api/console-routes.ts';
import { createPreviewThread, type PreviewThread } from './api/preview-thread.ts';
import type { RulesSettings } from './api/thresholds-file.ts';
import { RULES } from './bottleneck/list.ts';
import { chooseInvestigator } from './choose-investigator.ts';
import { choosePresets } from './choose-presets.ts';
import { chooseShard } from './choose-shard.ts';
import type { Config } from './config.ts';
import { createConfiguredInventory } from './configured-inventory.ts';
import { type ConfiguredNotices, createConfiguredNotices } from './configured-notices.ts';
import type { SignalDefinitions } from './features/signal.ts';
import { knownAbsences } from './known-absences.ts';
import type { AnalyzerMetrics } from './metrics.ts';
import { ANOMALY_ALERTNAME, ANOMALY_KIND } from './pipeline/anomaly-events.ts';
import type { AnomalyStore } from './pipeline/anomaly-store.ts';
import { type Cycle, createCycle } from './pipeline/cycle.ts';
import type { FindingMemory } from './pipeline/finding-memory.ts';
import type { ForecastMemory } from './pipeline/forecast-memory.ts';
import { createForecastPool, type ForecastPool } from './pipeline/forecast-pool.ts';
import { type LoadedClassifier, loadClassifier } from './pipeline/load-classifier.ts';
import { createQueryThread, type QueryThread } from './pipeline/query-thread.ts';
import { createForecastRefresher, type ForecastRefresher } from './pipeline/refresh-forecasts.ts';
import type { QueryDeps } from './pipeline/replay-query.ts';
import { createScheduler, type Scheduler } from './pipeline/scheduler.ts';
import type { Snapshot } from './pipeline/state.ts';
import type { AnomalyWatcher } from './pipeline/watch-anomalies.ts';
import { createPrometheusClient } from './prometheus/client.ts';
import { serverOptions } from './prometheus/config.ts';
import type { ServerTime } from './server-time.ts';
import type { Store } from './store/store.ts';

/** What one configuration brings to life; a reload builds a new one and ends the old. */
export interface Engine {
  readonly cycle: Cycle;
  readonly scheduler: Scheduler;
  readonly pool: ForecastPool;
  readonly history: QueryThread;
  readonly watcher: AnomalyWatcher;
  readonly refresher: ForecastRefresher;
  readonly actions: ConfiguredActions;
  readonly inventory: Scheduler;
  readonly notices: ConfiguredNotices;
  readonly signals: () => SignalDefinitions;
  readonly links: Links;
  readonly login: Login;
  readonly previews: PreviewThread;
  readonly rules: RulesSettings;
  /** What answers queries on demand: a thread of its own, so that neither waits for the other. */
  readonly onDemand: QueryDeps & { readonly querier: QueryThread };
}

export function startEngine({ scheduler, actions, inventory, notices }: Engine): void {
  scheduler.start();
  actions.start();
  inventory.start();
  notices.start();
}

/** What acts is ended before another engine acts in its place. */
export async function stopEngine({
  scheduler,
  actions,
  watcher,
  inventory,
  notices,
  refresher,
}: Engine): Promise<void> {
  await scheduler.stop();
  await actions.stop();
  await inventory.stop();
  await notices.stop();
  await watcher.close();
  await refresher.save();
}

export async function closePools({ pool, history, onDemand, previews }: Engine): Promise<void> {
  const threads = [pool, history, onDemand.pool, onDemand.querier, previews];
  await Promise.all(threads.map((thread) => thread.close()));
}

export interface EngineDeps {
  readonly log: Logger;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly metrics: AnalyzerMetrics;
  readonly store: AnomalyStore;
  readonly actionStore: Store;
  readonly findings: FindingMemory;
  readonly forecasts: ForecastMemory;
  readonly time: ServerTime;
  /** Findings live on across a reload. */
  readonly before: Snapshot;
}

export function createEngine(config: Config, deps: EngineDeps): Engine {
  const { log, clock, metrics, before } = deps;
  const { prometheus, forecast, findings, thresholds } = config;
  const server = serverOptions(prometheus);
  const querier = createPrometheusClient(server, deps.time.take);
  // Weeks of many series: received and parsed in a thread of its own, so that nothing else waits for it.
  const history = createQueryThread(server, deps.time.take);
  const shard = chooseShard(config, { querier, history });
  const presets = choosePresets(config, { querier, history, hosts: shard.hosts });
  const pool = createForecastPool({ maxThreads: forecast.threads });
  const { classifier, problem }: LoadedClassifier = loadClassifier(config.learning.models);
  const refresher = createForecastRefresher({
    querier: shard.all,
    pool,
    signals: () => presets.current().signals,
    horizons: forecast.horizons,
    maxSubjects: forecast.max_subjects,
    cpuCores: forecast.cpu_cores,
    memory: deps.forecasts,
    onLoad: metrics.forecastsRefreshed,
  });
  const watcher = createConfiguredWatcher(config.anomalies, {
    querier: shard.watched,
    preset: presets.current,
    forecasts: refresher.forecasts,
    store: deps.store,
    log,
  });
  const actions = createConfiguredActions(config, {
    store: deps.actionStore,
    querier,
    findings: () => cycle.snapshot().findings,
    clock,
    log,
  });
  const notices = createConfiguredNotices(config, deps, { history, presets: presets.current });
  const cycle: Cycle = createCycle({
    rank: actions.service.ranking.rank,
    reader: {
      read: (now) => presets.current().reader.read(now),
      async *parts(now) {
        await presets.check(now);
        yield* presets.current().reader.parts(now);
      },
    },
    refresher,
    watcher: shard.telling(watcher),
    rules: RULES,
    thresholds,
    outbox: createConfiguredOutbox(config),
    investigator: chooseInvestigator(config, querier),
    classifier,
    hold: findings.hold,
    // What is not seen once may be a scrape that failed.
    clear: Math.max(findings.clear, 2 * prometheus.scrape_interval),
    before,
    clock,
    log,
    onAlerts: metrics.alertsSent,
    absent: knownAbsences(config, problem),
    missing: () => [...deps.time.unavailable(), ...deps.findings.unavailable()],
  });
  return {
    cycle,
    pool,
    history,
    watcher,
    refresher,
    signals: () => presets.current().signals,
    links: linksOf(config),
    login: loadLogin(config.auth),
    actions,
    notices,
    inventory: createConfiguredInventory(config, { querier: history, metrics, clock, log }),
    onDemand: createOnDemand(server),
    previews: createPreviewThread(server),
    rules: { ...config.rules, prometheusUrl: prometheus.url },
    scheduler: createCycleScheduler(cycle, config, deps),
  };
}

function createCycleScheduler(cycle: Cycle, config: Config, deps: EngineDeps): Scheduler {
  const run = async () => {
    await cycle.run();
    const done = cycle.snapshot();
    deps.metrics.cycleDone(done);
    await deps.findings.save(done.findings, deps.clock());
  };
  return createScheduler({ intervalMs: config.cycle_interval * 1000, run });
}

function createOnDemand(server: Parameters<typeof createQueryThread>[0]): Engine['onDemand'] {
  return { querier: createQueryThread(server), pool: createForecastPool({ maxThreads: 1 }) };
}

function createConfiguredOutbox({ alertmanager, links }: Config) {
  const { urls, timeout, resend_interval: resendInterval } = alertmanager;
  const client = createAlertmanagerClient(urls, { timeoutMs: timeout * 1000 });
  return createOutbox({ client, resendInterval, runbooks: links.runbooks, alertnameOf });
}

/** Browsers on this machine reach what we reach; others where the configuration says. */
function linksOf({ links, prometheus }: Config): Links {
  const { runbooks, grafana } = links;
  return { runbooks, grafana, prometheus: links.prometheus ?? prometheus.url };
}

function alertnameOf(kind: string): string {
  if (kind === ANOMALY_KIND) return ANOMALY_ALERTNAME;
  return RULES.find((rule) => rule.kind === kind)?.alertname ?? 'GuardBottleneck';
}
