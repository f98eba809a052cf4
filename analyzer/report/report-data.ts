// What a report says, as data: gathered once, told by every renderer alike. A section has its data, or why there is none.
import type { Labels } from '../series/labels.ts';

export type Section<T> = { readonly data: T } | { readonly missing: string };

export interface ReportRange {
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
  /** Seconds between two looks at a series. */
  readonly step: number;
}

export interface Report extends ReportRange {
  /** Unix seconds. */
  readonly made: number;
  /** IANA name. */
  readonly timeZone: string;
  /** Who was asked, without credentials. */
  readonly source: string;
  readonly summary: Summary;
  readonly measures: readonly MeasureReport[];
  readonly problems: Section<readonly Problem[]>;
  readonly actions: Section<readonly ActionOutcome[]>;
  readonly accuracy: Section<readonly ForecastAccuracy[]>;
  readonly said: Section<readonly SaidAndCame[]>;
  readonly capacity: Section<readonly CapacityDate[]>;
  readonly busiest: Section<BusyHours>;
  readonly anomalies: Section<readonly AnomalyCount[]>;
  readonly incidents: Section<readonly MatchedIncident[]>;
}

export const CHAPTERS = [
  'CPU',
  'Memory',
  'Disk I/O',
  'Disk space',
  'Network',
  'Latency',
  'Sessions',
  'External dependencies',
] as const;

/** One quantity of every host, device or target. */
export interface MeasureReport {
  readonly id: string;
  readonly chapter: (typeof CHAPTERS)[number];
  readonly title: string;
  readonly unit: string;
  readonly section: Section<MeasureData>;
}

export interface MeasureData {
  /** The highest mean first. */
  readonly rows: readonly MeasureRow[];
  /** Series beyond those that are shown. */
  readonly more: number;
}

export type TimePoint = readonly [time: number, value: number];

export interface MeasureRow {
  readonly labels: Labels;
  readonly mean: number;
  readonly p95: number;
  readonly peak: number;
  readonly peakAt: number;
  /** Mean of the same time before; undefined where there is none. */
  readonly before: number | undefined;
  /** Share of the looks that found a value. */
  readonly seenRatio: number;
  readonly points: readonly TimePoint[];
}

/** A bottleneck over the whole range: one kind of one subject. */
export interface Problem {
  readonly kind: string;
  readonly labels: Labels;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly firingSeconds: number;
  readonly episodes: number;
  readonly first: number;
  readonly last: number;
  readonly isOpen: boolean;
  /** 0–1; undefined where no score was kept. */
  readonly peakScore: number | undefined;
}

export interface ActionOutcome {
  readonly action: string;
  readonly kind: string;
  readonly improved: number;
  readonly noEffect: number;
  readonly worse: number;
  readonly unknown: number;
}

export interface ForecastAccuracy {
  readonly signal: string;
  readonly horizon: string;
  readonly mase: number | undefined;
  readonly mape: number | undefined;
  readonly coverage80: number | undefined;
  readonly coverage95: number | undefined;
}

/** What had been said of a time, one horizon earlier, beside what came. */
export interface SaidAndCame {
  readonly signal: string;
  readonly labels: Labels;
  readonly unit: string;
  readonly horizon: string;
  readonly came: readonly TimePoint[];
  readonly said: readonly TimePoint[];
  /** Of the 80 % interval. */
  readonly lower: readonly TimePoint[];
  readonly upper: readonly TimePoint[];
}

export interface CapacityDate {
  readonly signal: string;
  readonly labels: Labels;
  /** Unix seconds; undefined = not within the horizons. */
  readonly early: number | undefined;
  readonly expected: number | undefined;
}

export interface BusyHours {
  readonly what: string;
  /** `means[weekday][hour]`, Monday first; undefined where nothing was seen. */
  readonly means: readonly (readonly (number | undefined)[])[];
  readonly unit: string;
}

export interface AnomalyCount {
  readonly labels: Labels;
  readonly signal: string;
  readonly episodes: number;
  readonly seconds: number;
}

export interface Incident {
  readonly number: string;
  readonly title: string;
  readonly state: string;
  readonly priority: string;
  /** Unix seconds. */
  readonly opened: number;
  readonly resolved: number | undefined;
  readonly correlationId: string;
  /** The name of the configuration item, where one is given. */
  readonly item: string;
}

export interface MatchedIncident extends Incident {
  /** The problem that it is about; undefined where none was seen. */
  readonly problem: Problem | undefined;
  readonly matchedBy: 'correlation_id' | 'time' | undefined;
}

export const VERDICTS = ['critical', 'watch', 'good', 'unknown'] as const;
export type HostState = (typeof VERDICTS)[number];

export interface HostVerdict {
  readonly instance: string;
  readonly state: HostState;
  readonly why: string;
}

export interface Summary {
  readonly hosts: readonly HostVerdict[];
  readonly topProblems: readonly Problem[];
  readonly nextOut: readonly CapacityDate[];
}

/** The data of a section, or what stands for none. */
export function dataOr<T>(section: Section<T>, none: T): T {
  return 'data' in section ? section.data : none;
}
