// One turn of the engine, and the only place where its steps meet: read → judge → track → alert, forecasts beside it.
import type { Logger } from '../../service/log.ts';
import type { Outbox, OutboxReport } from '../alerts/outbox.ts';
import type { BottleneckRule } from '../bottleneck/rule.ts';
import type { Thresholds } from '../bottleneck/thresholds.ts';
import { trackFindings } from '../bottleneck/track.ts';
import type { HostFeatures } from '../features/table.ts';
import { applyLearned, type Classifier } from '../learning/classifier.ts';
import { QueryError } from '../prometheus/querier.ts';
import type { Finding, Unavailable } from '../series/finding.ts';
import type { Investigator, Sources } from './investigate.ts';
import { type JudgedFleet, judgeFleet } from './judge-fleet.ts';
import { createPublisher } from './publish-alerts.ts';
import type { FeatureReader } from './read-features.ts';
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
  /** Puts the suggestions of a finding in the order of what is known to help. */
  readonly rank?: (<T extends Finding>(finding: T) => T) | undefined;
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
  /** What those around the cycle miss at the moment. */
  readonly missing?: (() => readonly Unavailable[]) | undefined;
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
  function investigate(now: number, sources: Sources): void {
    investigating ??= options.investigator
      ?.investigate(now, snapshot.findings, sources)
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

  const { rank = (finding) => finding } = options;
  const findings = () =>
    snapshot.findings.map((finding) => rank(options.investigator?.complete(finding) ?? finding));

  const publisher = createPublisher({
    ...options,
    findings() {
      const rules = findings();
      return [...rules, ...watcher.findings(rules)];
    },
  });

  async function look(started: number): Promise<void> {
    try {
      const keepGroups = options.classifier !== undefined;
      const fleet = await judgeFleet({ ...options, keepGroups }, started);
      const { problem } = snapshot;
      snapshot = judge(options, snapshot, { now: started, fleet });
      if (snapshot.problem !== undefined && snapshot.problem !== problem)
        log.warn({ problem: snapshot.problem }, 'nothing to judge');
      refreshForecasts(started, fleet.hosts);
      investigate(started, fleet.sources);
      watchAnomalies(started);
    } catch (error) {
      snapshot = failed(snapshot, error as Error);
      log.warn({ err: error as Error }, 'cycle failed');
    }
  }

  return {
    async run() {
      const started = clock();
      await publisher.publishDuring(look(started));
      await publisher.publish();
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
        ...(options.missing?.() ?? []),
        ...snapshot.unavailable,
        ...refresher.unavailable(),
        ...(options.investigator?.unavailable() ?? []),
        ...watcher.report().unavailable,
        ...publisher.unavailable(),
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
  { now, fleet }: { now: number; fleet: JudgedFleet },
): Snapshot {
  const { rules, hold, clear } = options;
  const { verdicts, groups, hosts, seriesRead, unavailable } = fleet;
  const problem = groups > 0 ? undefined : missingGroups(previous.cycles, unavailable);
  const isUnread = unreadBy(rules, fleet);
  const findings = trackFindings(previous.findings, verdicts, { now, hold, clear, isUnread });
  return {
    ...previous,
    lastCycle: now,
    outcome: groups > 0 ? 'ok' : 'no_data',
    problem,
    seriesRead,
    groups,
    verdicts,
    findings: applyLearned(findings, hosts, options.classifier),
    unavailable: [...unavailable, ...(problem ? [noData(problem)] : [])],
  };
}

/** Whether nothing can be said of a finding this time: its host was not seen at all, or what its rule needs was not answered. */
function unreadBy(
  rules: readonly BottleneckRule[],
  { hosts, unavailable }: JudgedFleet,
): (finding: Pick<Finding, 'kind' | 'subject'>) => boolean {
  const seen = new Set(hosts.map(({ subject }) => subject.instance));
  const failed = unavailable.filter(({ reason }) => reason.startsWith('query_'));
  const lacking = new Set<string>(failed.map(({ signal }) => signal));
  const blind = rules.filter(({ needs }) => needs.some((name) => lacking.has(name)));
  const kinds = new Set<string>(blind.map(({ kind }) => kind));
  return ({ kind, subject }) => kinds.has(kind) || !seen.has(subject.instance);
}

/** A scrape and a rate need some seconds; after that something is wrong. */
function missingGroups(cycles: number, unavailable: readonly Unavailable[]): string {
  const failed = unavailable.find(({ reason }) => reason.startsWith('query_'));
  if (failed !== undefined) return `No process groups could be read: ${failed.detail}`;
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
