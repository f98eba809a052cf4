// Forecasts as the page needs them: one entry per series with its horizons, the soonest crossing first. Pure.
import { type Labels, labelsKey } from '../../../series/labels.ts';
import type { ForecastsAnswer, HistoryAnswer, SignalForecast } from './answers.ts';
import { placeOf, titleOf } from './text.ts';

/** One series with a forecast for each horizon, the shortest first. */
export interface ForecastSeries {
  readonly key: string;
  readonly signal: string;
  readonly labels: Labels;
  readonly unit: string;
  readonly value: number;
  readonly limit: number | null;
  readonly horizons: readonly SignalForecast[];
  /** Seconds until the limit at the soonest horizon that knows: 0.5 and 0.1 quantile; null = not within any. */
  readonly p50: number | null;
  readonly p10: number | null;
}

export function seriesKey(signal: string, labels: Labels): string {
  return `${signal} ${labelsKey(labels)}`;
}

export function toForecastSeries(forecasts: ForecastsAnswer['forecasts']): ForecastSeries[] {
  const bySeries = new Map<string, SignalForecast[]>();
  for (const one of forecasts) {
    const key = seriesKey(one.signal, one.labels);
    bySeries.set(key, [...(bySeries.get(key) ?? []), one]);
  }
  const all = [...bySeries].flatMap(([key, own]) => toSeries(key, own) ?? []);
  return all.sort((a, b) => urgency(a) - urgency(b) || a.key.localeCompare(b.key));
}

function toSeries(key: string, own: readonly SignalForecast[]): ForecastSeries | undefined {
  const horizons = [...own].sort((a, b) => a.horizon - b.horizon);
  const [first] = horizons;
  if (first === undefined) return undefined;
  const { signal, labels, unit, value, limit } = first;
  const soonest = (quantile: 'p10' | 'p50') =>
    horizons.map((one) => one.timeToThreshold?.[quantile]?.seconds).find((one) => one != null) ?? null;
  return { key, signal, labels, unit, value, limit, horizons, p10: soonest('p10'), p50: soonest('p50') };
}

function urgency({ p50, p10, limit }: ForecastSeries): number {
  if (p50 !== null) return p50;
  if (p10 !== null) return 1e9 + p10;
  return limit === null ? 3e9 : 2e9;
}

export function filterSeries(all: readonly ForecastSeries[], text: string): ForecastSeries[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ signal, labels }) => {
    const own = `${signal} ${titleOf(signal)} ${placeOf(labels)}`.toLowerCase();
    return words.every((word) => own.includes(word));
  });
}

export interface JoinedPaths {
  /** Unix seconds, ascending. */
  readonly times: readonly number[];
  readonly past: readonly (number | null)[];
  readonly median: readonly (number | null)[];
  /** The narrowest first, as the forecast has them. */
  readonly bands: readonly {
    readonly level: number;
    readonly lower: readonly (number | null)[];
    readonly upper: readonly (number | null)[];
  }[];
  /** Unix seconds of the last observation. */
  readonly now: number;
}

/** Past and future on one axis; they meet in the last value observed. */
export function joinPaths(one: SignalForecast, history: HistoryAnswer | undefined): JoinedPaths {
  const { timestamps, p50, intervals } = one.forecast;
  const now = (timestamps[0] ?? 0) - one.step;
  const all = (history?.values ?? []).map((value, index) => ({
    time: (history?.start ?? 0) + index * (history?.step ?? 0),
    value,
  }));
  const known = all.slice(all.findIndex(({ value }) => value !== null));
  const before = known.filter(({ time }) => time < now);
  const gap = before.map(() => null);
  const joined = (values: readonly number[]) => [...gap, one.value, ...values];
  return {
    times: [...before.map(({ time }) => time), now, ...timestamps],
    past: [...before.map(({ value }) => value), one.value, ...timestamps.map(() => null)],
    median: joined(p50),
    bands: intervals.map(({ level, lower, upper }) => ({
      level,
      lower: joined(lower),
      upper: joined(upper),
    })),
    now,
  };
}
