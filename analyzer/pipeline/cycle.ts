// One turn of the engine, and the only place where its steps meet: read → judge → track → alert, forecasts beside it.
import type { Logger } from '../../service/log.ts';
import type { Outbox, OutboxReport } from '../alerts/outbox.ts';
import { diagnose } from '../bottleneck/diagnose.ts';
import type { BottleneckRule } from '../bottleneck/rule.ts';
import type { Thresholds } from '../bottleneck/thresholds.ts';
import { trackFindings } from '../bottleneck/track.ts';
import { buildFeatureTable, type HostFeatures } from '../features/table.ts';
import { applyLearned, type Classifier } from '../learning/classifier.ts';
import { QueryError } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import type { Investigator } from './investigate.ts';
import type { FeatureReader, FeatureReading } from './read-features.ts';
import type { ForecastRefresher } from './refresh-forecasts.ts';
import type { CycleOutcome, Snapshot } from './state.ts';
import { type AnomalyWatcher, NO_WATCHER } from './watch-anomalies.ts';

const WARM_UP_CYCLES = 6;

export interface CycleOptions {
  readonly reader: FeatureReader;
  readonly rules: readonly BottleneckRule[];
  readonly thresholds: Thresholds;
  readonly refresher: ForecastRefresher;
  readonly outbox: Outbox;
  /** Asks more about open findings; without one they have the rules' evidence alone. */
  readonly investigator?: Investigator | undefined;
  /** Watches for what is unusual; without one nothing is. */
  readonly watcher?: AnomalyWatcher | undefined;
  /** The learned verdict beside the rules'. */
  readonly classifier?: Classifier | undefined;
  /** Seconds, see TrackOptions. */
  readonly hold: number;
  readonly clear: number;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly log: Logger;
  /** Called after every post of alerts, delivered or not. */
  readonly onAlerts: (report: OutboxReport) => void;
  /** Absences that the configuration itself explains. */
  readonly absent: readonly Unavailable[];
  /** What was known before a reload: findings live on. */
  readonly before: Snapshot;
}

export interface Cycle {
  /** One turn. Never throws: what went wrong is in the snapshot. */
  run(): Promise<void>;
  snapshot(): Snapshot;
  /** Resolves when what is under way beside the cycle is over. */
  idle(): Promise<void>;
}

export function createCycle(options: CycleOptions): Cycle {
  const { clock, log, refresher, watcher = NO_WATCHER } = options;
  let snapshot = options.before;
  let alertProblems: readonly Unavailable[] = [];
  let refreshing: Promise<void> | undefined;
  let investigating: Promise<void> | undefined;
  let watching: Promise<void> | undefined;

  /** Forecasts take longer than a cycle: they are refreshed beside it, one refresh at a time. */
  function refreshForecasts(now: number, hosts: readonly HostFeatures[]): void {
    refreshing ??= refresher
      .refresh(now, hosts)
      .catch((error: Error) => log.warn({ err: error }, 'refreshing forecasts failed'))
      .finally(() => {
        refreshing = undefined;
      });
  }

  /** Hints take queries of their own: they are asked beside the cycle as well, and shown when they are there. */
  function investigate(now: number, reading: FeatureReading): void {
    investigating ??= options.investigator
      ?.investigate(now, snapshot.findings, reading)
      .catch((error: Error) => log.warn({ err: error }, 'asking for hints failed'))
      .finally(() => {
        investigating = undefined;
      });
  }

  /** One value of every watched series a step is asked for, beside the cycle too. */
  function watchAnomalies(now: number): void {
    watching ??= watcher
      .look(now)
      .catch((error: Error) => log.warn({ err: error }, 'watching for anomalies failed'))
      .finally(() => {
        watching = undefined;
      });
  }

  const findings = () =>
    snapshot.findings.map((finding) => options.investigator?.complete(finding) ?? finding);

  async function publish(now: number): Promise<void> {
    const rules = findings();
    const report = await options.outbox.publish([...rules, ...watcher.findings(rules)], now);
    if (report === undefined) return;
    options.onAlerts(report);
    alertProblems = report.results.flatMap(({ error }) =>
      error === undefined ? [] : alertProblem(error),
    );
    for (const { detail } of alertProblems) log.warn({ problem: detail }, 'alerts not delivered');
  }

  return {
    async run() {
      const started = clock();
      try {
        const reading = await options.reader.read(started);
        const hosts = buildFeatureTable(reading);
        snapshot = judge(options, snapshot, { now: started, hosts, reading });
        refreshForecasts(started, hosts);
        investigate(started, reading);
        watchAnomalies(started);
      } catch (error) {
        snapshot = failed(snapshot, error as Error);
        log.warn({ err: error as Error }, 'cycle failed');
      }
      await publish(started);
      snapshot = { ...snapshot, cycles: snapshot.cycles + 1, durationSeconds: clock() - started };
    },
    snapshot: () => ({
      ...snapshot,
      findings: findings(),
      learning: options.classifier?.about,
      forecasts: refresher.forecasts(),
      accuracy: refresher.accuracy(),
      anomalies: watcher.report(),
      unavailable: [
        ...options.absent,
        ...snapshot.unavailable,
        ...refresher.unavailable(),
        ...(options.investigator?.unavailable() ?? []),
        ...watcher.report().unavailable,
        ...alertProblems,
      ],
    }),
    idle: async () => {
      await Promise.all([refreshing, investigating, watching]);
      await watcher.idle();
    },
  };
}

function judge(
  options: CycleOptions,
  previous: Snapshot,
  { now, hosts, reading }: { now: number; hosts: readonly HostFeatures[]; reading: FeatureReading },
): Snapshot {
  const { rules, thresholds, hold, clear } = options;
  const groups = hosts.reduce((sum, host) => sum + host.groups.length, 0);
  const { verdicts, unavailable } = diagnose(hosts, rules, { now, thresholds });
  const problem = groups > 0 ? undefined : missingGroups(previous.cycles);
  const findings = trackFindings(previous.findings, verdicts, { now, hold, clear });
  return {
    ...previous,
    lastCycle: now,
    outcome: groups > 0 ? 'ok' : 'no_data',
    problem,
    seriesRead: reading.seriesRead,
    groups,
    verdicts,
    findings: applyLearned(findings, hosts, options.classifier),
    unavailable: [...reading.unavailable, ...unavailable, ...(problem ? [noData(problem)] : [])],
  };
}

/** A scrape and a rate need some seconds; after that something is wrong. */
function missingGroups(cycles: number): string {
  return cycles < WARM_UP_CYCLES
    ? 'Waiting for the first samples of an exporter'
    : 'Prometheus answers but has no process groups: is the exporter scraped? (its Status → Targets page tells)';
}

/** Findings stay as they were: what cannot be read is not over. */
function failed(previous: Snapshot, error: Error): Snapshot {
  const outcome: CycleOutcome = error instanceof QueryError ? 'prometheus_unavailable' : 'failed';
  const reason = error instanceof QueryError ? error.kind : 'failed';
  return {
    ...previous,
    outcome,
    problem: error.message,
    unavailable: [{ what: 'prometheus', signal: '', reason, detail: error.message }],
  };
}

function noData(detail: string): Unavailable {
  return { what: 'features', signal: '', reason: 'no_data', detail };
}

function alertProblem(detail: string): Unavailable[] {
  return [{ what: 'alertmanager', signal: '', reason: 'not_delivered', detail }];
}
