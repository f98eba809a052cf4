// What the anomaly detectors answer: how unusual each series is, and what is unusual about a host, explained.
import type { Evidence, Unavailable } from './finding.ts';
import type { Labels } from './labels.ts';

/** Who judged: all detectors of one series, the model of a host's series together, or the comparison with replicas. */
export type AnomalyDetector = 'fused' | 'multivariate' | 'peers';

/** One judgement of one series, or of a host as a whole, at the last look. */
export interface AnomalyScore {
  readonly signal: string;
  readonly detector: AnomalyDetector;
  readonly labels: Labels;
  /** 0 as expected, 1 at the edge, above 1 anomalous. */
  readonly score: number;
  /** NaN where there is no single value, as for a host as a whole. */
  readonly actual: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** Whether an episode is open. */
  readonly isOpen: boolean;
  /** Unix seconds since when; NaN when none is open. */
  readonly since: number;
  /** What is no question of rarity: flat_line, gap, reset. */
  readonly conditions: readonly string[];
}

/** What is no question of rarity, as it is now. */
export interface AnomalyCondition {
  /** `regime_changed`: an alarm of a host or group that lasted until it was how things are. */
  readonly kind: 'flat_line' | 'gap' | 'reset' | 'regime_changed';
  readonly signal: string;
  readonly labels: Labels;
  /** Unix seconds. */
  readonly since: number;
  /** What happened, compared with the series' own past, and what it may mean. */
  readonly text: string;
  /** Shows the series. */
  readonly promql: string;
}

/** How many of the watched series can be judged, and when the rest can. */
export interface WarmUp {
  /** Their past is not read yet. */
  readonly learning: number;
  /** Their history is too short. */
  readonly warming: number;
  readonly warm: number;
  /** Unix seconds at which the next, and the last, of those that warm up can be judged; infinite when none does. */
  readonly nextAt: number;
  readonly lastAt: number;
  /** Models of all series of a host, or of a process group, together: how many are followed and how many can judge. */
  readonly hosts: Fitted;
  readonly groups: Fitted;
}

export interface Fitted {
  readonly followed: number;
  readonly fitted: number;
}

/** A series that is part of what is unusual. */
export interface Contribution {
  readonly signal: string;
  readonly labels: Labels;
  /** Of the whole, 0–1. */
  readonly share: number;
  readonly actual: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/** What is unusual about one host, or about one series that belongs to none. */
export interface AnomalyEvent {
  readonly subject: Labels;
  /** Unix seconds. */
  readonly since: number;
  /** The highest score of the members now. */
  readonly score: number;
  /** 0–1. */
  readonly confidence: number;
  readonly contributions: readonly Contribution[];
  /** Which moved most like the first contributor, and how many seconds after it. */
  readonly correlated: readonly { name: string; correlation: number; lagSeconds: number }[];
  /** What left its band first, and when. */
  readonly first: { readonly name: string; readonly time: number } | undefined;
  /** The detectors and models that agree. */
  readonly agreeing: readonly string[];
  /** The same in sentences, with the PromQL that shows it. */
  readonly evidence: readonly Evidence[];
}

/** How right the alarms of a signal were, by the operators' labels; NaN where it cannot be computed. */
export interface FeedbackScores {
  readonly signal: string;
  readonly real: number;
  readonly noise: number;
  /** Real events of which no alarm told. */
  readonly missed: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Median seconds from the beginning that the label names to the alarm. */
  readonly timeToDetectSeconds: number;
}

export interface AnomalyReport {
  readonly scores: readonly AnomalyScore[];
  readonly events: readonly AnomalyEvent[];
  readonly conditions: readonly AnomalyCondition[];
  /** Undefined where nothing is watched. */
  readonly warmUp: WarmUp | undefined;
  readonly feedback: readonly FeedbackScores[];
  readonly unavailable: readonly Unavailable[];
}

export const NO_ANOMALIES: AnomalyReport = {
  scores: [],
  events: [],
  conditions: [],
  warmUp: undefined,
  feedback: [],
  unavailable: [],
};
