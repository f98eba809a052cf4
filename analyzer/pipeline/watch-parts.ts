// The watches of one configuration: series, hosts, replicas and the budget of alarms, with the thresholds that hold for them.
import { type FeedbackState, thresholdFactor } from '../anomaly/feedback.ts';
import type { Labels } from '../series/labels.ts';
import { createAlarmBudget } from './alarm-budget.ts';
import { HOST_SIGNAL } from './anomaly-events.ts';
import type { WatchParts } from './anomaly-snapshot.ts';
import { createHostWatch } from './host-watch.ts';
import { createPeerWatch } from './peer-watch.ts';
import { createSeriesWatch } from './series-watch.ts';
import type { AnomalySettings, WatchedSource } from './watched-source.ts';

const DAY_SECONDS = 86_400;
export const DEFAULT_SENSITIVITY = 0.5;

export interface WatchPartsOptions {
  readonly settings: AnomalySettings;
  readonly sources: () => readonly WatchedSource[];
  /** The operators' labels as they are now. */
  readonly feedback: () => FeedbackState;
}

export function createWatchParts({ settings, sources, feedback }: WatchPartsOptions): WatchParts {
  const { step, maxSeries, maxHosts, policy } = settings;
  const budget = createAlarmBudget(settings.alarmsPerDay);
  const sensitivity = policy.sensitivity ?? DEFAULT_SENSITIVITY;
  const factorOf = (host: string, signal: string, labels: Labels) =>
    thresholdFactor(feedback(), signal, labels) * budget.factor(host);
  const leastDeviation = (signal: string) =>
    sources().find((one) => one.signal === signal)?.policy.minAbsoluteDeviation ?? 0;
  const series = createSeriesWatch({
    ...{ step, maxSeries, sources },
    factor: ({ host, signal, labels }) => factorOf(host, signal, labels),
  });
  const hosts = createHostWatch({
    ...{ step, maxHosts, sensitivity },
    warmUpSeconds: policy.warmUpSeconds ?? DAY_SECONDS,
    factor: ({ key, labels }) => factorOf(key, HOST_SIGNAL, labels),
    matters({ series: key, actual, expected }) {
      const one = series.all.get(key);
      return one !== undefined && Math.abs(actual - expected) >= leastDeviation(one.signal);
    },
  });
  const peers = createPeerWatch({
    ...{ sensitivity, leastDeviation },
    factor: ({ host, signal, labels }) => factorOf(host, signal, labels),
  });
  return { series, hosts, peers, budget };
}
