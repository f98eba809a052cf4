// Reads what is watched: the newest sample of every series, and the past of some on the same grid, by the same expression.
import { formatDuration } from '../../service/duration.ts';
import { promqlOf } from '../features/feature.ts';
import { type Querier, scopeOf } from '../prometheus/querier.ts';
import { type Labels, withoutLabels } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import type { WatchedSource } from './watched-source.ts';

/** Prometheus refuses a range query of more points a series. */
const MAX_POINTS_PER_QUERY = 11_000;
/** Some 6 MB of JSON: larger answers are asked for in several parts of the time. */
const MAX_SAMPLES_PER_ANSWER = 250_000;
/** After a recording rule answered nothing, the raw expression is asked directly for this long. */
const RECHECK_RECORD_SECONDS = 600;

export interface PastRequest {
  /** Unix seconds on the grid, both included. */
  readonly from: number;
  readonly to: number;
  /** The host whose series are wanted; all when empty. */
  readonly host: Labels;
  /** How many series are expected: long answers are asked for in parts. */
  readonly series: number;
}

export interface WatchReader {
  /** The mean of the step that ends at `at`, for every series. @throws {QueryError} */
  newest(source: WatchedSource, at: number): Promise<Point[]>;
  /** NaN where nothing was measured. @throws {QueryError} */
  past(source: WatchedSource, request: PastRequest): Promise<Series[]>;
}

export function createWatchReader(querier: Querier, step: number): WatchReader {
  /** Until when (Unix seconds) a signal is known to have no recorded series. */
  const rawUntil = new Map<string, number>();

  function promql({ signal, query }: WatchedSource, host: Labels, now: number): string {
    const recorded = query.record !== undefined && (rawUntil.get(signal) ?? 0) <= now;
    const scope = 'instance' in host ? {} : scopeOf(querier, query);
    const text = promqlOf(query, recorded ? 'record' : 'expr', { ...scope, ...host });
    return `avg_over_time((${text})[${formatDuration(step)}:])`;
  }

  const own = (points: readonly Point[]): readonly Point[] => {
    const { scope } = querier;
    return scope === undefined ? points : points.filter(({ labels }) => scope.owns(labels));
  };

  return {
    async newest(source, at) {
      const points = await querier.instant(promql(source, {}, at), at);
      const isRecorded = source.query.record !== undefined && !rawUntil.has(source.signal);
      if (points.length > 0 || source.query.record === undefined) return own(points).map(bare);
      rawUntil.set(source.signal, at + RECHECK_RECORD_SECONDS);
      return isRecorded ? own(await querier.instant(promql(source, {}, at), at)).map(bare) : [];
    },
    async past(source, { from, to, host, series }) {
      const text = promql(source, host, to);
      const points = Math.floor(MAX_SAMPLES_PER_ANSWER / Math.max(1, series));
      const span = (Math.max(1, Math.min(MAX_POINTS_PER_QUERY, points)) - 1) * step;
      const parts: Series[][] = [];
      for (let start = from; start <= to; start += span + step) {
        const grid = { from: start, to: Math.min(to, start + span), step };
        parts.push(await querier.range(text, grid));
      }
      return join(parts, { from, to, step });
    },
  };
}

function bare({ labels, time, value }: Point): Point {
  return { labels: withoutLabels(labels), time, value };
}

/** The parts of each series put together on one grid. */
function join(
  parts: readonly (readonly Series[])[],
  { from, to, step }: { from: number; to: number; step: number },
): Series[] {
  const whole = new Map<string, Series>();
  const length = Math.round((to - from) / step) + 1;
  for (const { labels, start, values } of parts.flat()) {
    const own = withoutLabels(labels);
    const key = JSON.stringify(Object.entries(own).sort());
    let series = whole.get(key);
    if (series === undefined) {
      series = {
        labels: own,
        start: from,
        step,
        values: new Float64Array(length).fill(Number.NaN),
      };
      whole.set(key, series);
    }
    series.values.set(values, Math.round((start - from) / step));
  }
  return [...whole.values()];
}
