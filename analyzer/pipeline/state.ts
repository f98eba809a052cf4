// What the engine knows at one moment: written by the cycle only, read by /metrics and the API.
import type { TrackedFinding } from '../bottleneck/track.ts';
import type { TimeToThreshold } from '../forecast/time-to-threshold.ts';
import type { Accuracy } from '../forecast/track-record.ts';
import type { LearningStatus } from '../learning/classifier.ts';
import { type AnomalyReport, NO_ANOMALIES } from '../series/anomaly.ts';
import type { Unavailable, Verdict } from '../series/finding.ts';
import type { Forecast } from '../series/forecast.ts';
import type { Labels } from '../series/labels.ts';

export type CycleOutcome = 'ok' | 'no_data' | 'prometheus_unavailable' | 'failed';

export interface Snapshot {
  readonly cycles: number;
  /** Unix seconds of the last cycle that read features. */
  readonly lastCycle: number | undefined;
  readonly outcome: CycleOutcome | undefined;
  /** Undefined when all is well, else a sentence. */
  readonly problem: string | undefined;
  readonly durationSeconds: number;
  readonly seriesRead: number;
  readonly groups: number;
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly TrackedFinding[];
  readonly forecasts: readonly SignalForecast[];
  readonly accuracy: readonly ForecastAccuracy[];
  readonly anomalies: AnomalyReport;
  readonly unavailable: readonly Unavailable[];
  /** The model in use; undefined without one. */
  readonly learning?: LearningStatus | undefined;
}

/** How right the forecasts of a signal for a horizon were, measured after the fact. */
export interface ForecastAccuracy {
  readonly signal: string;
  readonly horizon: number;
  readonly accuracy: Accuracy;
}

export const EMPTY_SNAPSHOT: Snapshot = {
  cycles: 0,
  lastCycle: undefined,
  outcome: undefined,
  problem: 'The first cycle is not over yet',
  durationSeconds: 0,
  seriesRead: 0,
  groups: 0,
  verdicts: [],
  findings: [],
  forecasts: [],
  accuracy: [],
  anomalies: NO_ANOMALIES,
  unavailable: [],
};

/** The same by a clock that has made a step of so many seconds: what has lasted goes on to have lasted as long. */
export function shifted(snapshot: Snapshot, seconds: number): Snapshot {
  if (seconds === 0) return snapshot;
  const findings = snapshot.findings.map((finding) => ({
    ...finding,
    since: finding.since + seconds,
    changed: finding.changed + seconds,
    lastSeen: finding.lastSeen + seconds,
  }));
  return { ...snapshot, findings };
}

/** One signal of one subject, forecast for one horizon. */
export interface SignalForecast {
  readonly signal: string;
  readonly unit: string;
  readonly labels: Labels;
  /** Seconds ahead of the last step of `forecast`. */
  readonly horizon: number;
  readonly step: number;
  /** Unix seconds of the last observation. */
  readonly end: number;
  /** The last observed value. */
  readonly value: number;
  readonly limit: number | undefined;
  readonly forecast: Forecast;
  readonly timeToThreshold: TimeToThreshold | undefined;
}
