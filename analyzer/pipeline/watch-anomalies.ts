// The step that watches for anomalies: feeds every new sample to its watch, judges hosts and replicas, and tells of events.
import { setImmediate } from 'node:timers/promises';
import { scoreFeedback } from '../anomaly/feedback.ts';
import { promqlOf } from '../features/feature.ts';
import type { Querier } from '../prometheus/querier.ts';
import { type AnomalyReport, NO_ANOMALIES } from '../series/anomaly.ts';
import type { Finding, Unavailable } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import { conditionsOf } from './anomaly-conditions.ts';
import { findEvents, scoresOf, toFinding, type Watched } from './anomaly-events.ts';
import type { WatchParts } from './anomaly-snapshot.ts';
import type { AnomalyStore } from './anomaly-store.ts';
import { createForecastBands } from './forecast-bands.ts';
import { createPastLearner } from './learn-past.ts';
import type { SignalForecast } from './state.ts';
import { warmUpOf } from './warm-up.ts';
import { describeLeftOut, feedAll, readNewest } from './watch-look.ts';
import { createWatchMemory, type FeedbackRequest, type Taken } from './watch-memory.ts';
import { createWatchParts, DEFAULT_SENSITIVITY } from './watch-parts.ts';
import { createWatchPool } from './watch-pool.ts';
import { createWatchReader } from './watch-reader.ts';
import type { AnomalySettings, WatchedSource } from './watched-source.ts';

/** A sample is looked at when it has surely been stored. */
const LAG_SECONDS = 5;

export interface AnomalyWatcherOptions {
  readonly querier: Querier;
  /** The same objects as long as nothing changes. */
  readonly sources: () => readonly WatchedSource[];
  readonly settings: AnomalySettings;
  readonly forecasts: () => readonly SignalForecast[];
  readonly store: AnomalyStore;
  /** Told what was tried and failed; the watch goes on. */
  readonly onProblem: (problem: Error) => void;
}

export interface AnomalyWatcher {
  /** One look, when a new step is complete; what it takes long to learn goes on beside it. @throws {QueryError} */
  look(now: number): Promise<void>;
  report(): AnomalyReport;
  /** Events as findings, with what the rules say of the same host. */
  findings(bottlenecks: readonly Finding[]): Finding[];
  /** Takes an operator's label; undefined when no watched series has these labels. @throws {Error} when it cannot be stored. */
  label(request: FeedbackRequest): Promise<Taken | undefined>;
  /** Resolves when learning that is under way is over. */
  idle(): Promise<void>;
  /** Ends the thread and saves what is known. */
  close(): Promise<void>;
}

/** Does nothing, for a configuration without. */
export const NO_WATCHER: AnomalyWatcher = {
  look: async () => {},
  report: () => NO_ANOMALIES,
  findings: () => [],
  label: async () => undefined,
  idle: async () => {},
  close: async () => {},
};

export function createAnomalyWatcher(options: AnomalyWatcherOptions): AnomalyWatcher {
  const { settings, sources } = options;
  const { step, history } = settings;
  const sensitivity = settings.policy.sensitivity ?? DEFAULT_SENSITIVITY;
  const problems = createProblems(options.onProblem);
  const memory = createWatchMemory({
    ...{ store: options.store, history, identity: { step, sensitivity } },
    parts: () => parts,
    onProblem: problems.take,
  });
  const parts = createWatchParts({ settings, sources, feedback: memory.feedback });
  const { series, hosts, groups, peers, budget } = parts;
  const watched: Watched = {
    ...{ series: series.all, hosts: hosts.all, groups: groups.all, peers: peers.all },
  };
  const reader = createWatchReader(options.querier, step);
  const pool = createWatchPool();
  const learner = createPastLearner({ reader, pool, settings, parts, sources });
  let lastAt = Number.NEGATIVE_INFINITY;
  let learning: Promise<void> | undefined;
  let events: ReturnType<typeof findEvents> = new Map();
  let absent: readonly Unavailable[] = [];

  function update(): void {
    events = findEvents(watched, { step, promqlOf: showBy(sources), before: events });
  }

  async function learn(at: number): Promise<void> {
    try {
      await learner.learn(at);
      problems.take('learning_failed', undefined);
      update();
    } catch (error) {
      problems.take('learning_failed', error as Error);
    }
    learning = undefined;
  }

  return {
    async look(now) {
      const at = Math.floor((now - LAG_SECONDS) / step) * step;
      if (at <= lastAt) return;
      await memory.restore(now);
      const { answers, rejected } = await readNewest(reader, sources(), at);
      lastAt = at;
      const cuts = series.admit(answers, at);
      await setImmediate();
      const bandOf = createForecastBands(options.forecasts());
      await feedAll(answers, watched.series, (one, value) =>
        series.feed(one, { time: at, value }, { forecast: bandOf(one, at) }),
      );
      const left = {
        cuts,
        hosts: hosts.admit(series.all.values()),
        groups: groups.admit(series.all.values()),
        behind: series.behind(at).length,
      };
      await observeWholes(parts, at);
      peers.observe(series.all.values(), at);
      await setImmediate();
      update();
      budget.count(events, at);
      absent = [...rejected, ...describeLeftOut(left, settings)];
      learning ??= learn(at);
      await memory.saveWhenDue(now);
    },
    report: () => ({
      scores: scoresOf(watched),
      events: [...events.values()],
      conditions: conditionsOf(watched, { at: lastAt, promqlOf: showBy(sources) }),
      warmUp: warmUpOf(parts, lastAt),
      feedback: scoreFeedback(memory.feedback()),
      unavailable: [...absent, ...problems.all()],
    }),
    findings: (bottlenecks) => [...events.values()].map((event) => toFinding(event, bottlenecks)),
    label: (request) => memory.label(request, watched),
    idle: async () => learning,
    async close() {
      problems.silence();
      learner.stop();
      await pool.close();
      await memory.save();
    },
  };
}

/** Every host and group as a whole; the event loop has its turn after each. */
async function observeWholes({ series, hosts, groups }: WatchParts, at: number): Promise<void> {
  for (const wholes of [hosts, groups])
    for (const one of wholes.all.values()) {
      wholes.observe(one, series.all, at);
      await setImmediate();
    }
}

/** What has failed and not passed yet, told when it is new. */
function createProblems(onProblem: (problem: Error) => void) {
  const open = new Map<string, Unavailable>();
  let isSilent = false;
  return {
    take(reason: string, problem: Error | undefined): void {
      if (problem === undefined) {
        open.delete(reason);
        return;
      }
      // What is ended cannot go on learning: that is no problem.
      if (isSilent && reason === 'learning_failed') return;
      open.set(reason, { what: 'anomaly', signal: '', reason, detail: problem.message });
      onProblem(problem);
    },
    all: () => open.values(),
    silence(): void {
      isSilent = true;
    },
  };
}

/** The expression that shows a series. */
function showBy(sources: () => readonly WatchedSource[]) {
  return (signal: string, labels: Labels): string => {
    const source = sources().find((one) => one.signal === signal);
    return source === undefined ? signal : promqlOf(source.query, 'record', labels);
  };
}
