// The watches of one configuration: series, hosts, replicas and the budget of alarms, with the thresholds that hold for them.
import { type FeedbackState, thresholdFactor } from '../anomaly/feedback.ts';
import { rarestAmong } from '../anomaly/multivariate.ts';
import type { Labels } from '../series/labels.ts';
import { createAlarmBudget } from './alarm-budget.ts';
import { GROUP_SIGNAL, HOST_SIGNAL } from './anomaly-events.ts';
import type { WatchParts } from './anomaly-snapshot.ts';
import { createPeerWatch } from './peer-watch.ts';
import { createSeriesWatch } from './series-watch.ts';
import {
  createSubjectWatch,
  groupOf,
  hostOf,
  type SubjectWatch,
  type SubjectWatchOptions,
} from './subject-watch.ts';
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
  const { step, maxSeries, maxHosts, maxGroups, policy } = settings;
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
  const together = {
    ...{ step, sensitivity },
    warmUpSeconds: policy.warmUpSeconds ?? DAY_SECONDS,
    matters({ series: key, actual, expected }) {
      const one = series.all.get(key);
      return one !== undefined && Math.abs(actual - expected) >= leastDeviation(one.signal);
    },
  } satisfies Partial<SubjectWatchOptions>;
  const hosts = createSubjectWatch({
    ...{ ...together, max: maxHosts, subjectOf: hostOf },
    factor: ({ key, labels }) => factorOf(key, HOST_SIGNAL, labels),
  });
  // Among many groups of a host one is the most unusual by chance.
  const among = (host: string) => {
    const count = [...groups.all.values()].filter((one) => one.host === host).length;
    return rarestAmong(count, sensitivity);
  };
  const groups: SubjectWatch = createSubjectWatch({
    ...{ ...together, max: maxGroups, subjectOf: groupOf },
    factor: ({ host, labels }) => factorOf(host, GROUP_SIGNAL, labels) * among(host),
  });
  const peers = createPeerWatch({
    ...{ sensitivity, leastDeviation },
    factor: ({ host, signal, labels }) => factorOf(host, signal, labels),
  });
  return { series, hosts, groups, peers, budget };
}
