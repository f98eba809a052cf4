// The forecasts as curves into the future: series that exist only when asked for, and are never stored.
import { runInNewContext } from 'node:vm';
import { formatDuration } from '../../service/duration.ts';
import { type ForecastResult, quantilePaths } from './exposition.ts';
import { withOwnLabels } from './own-labels.ts';
import type { Matcher, ReadQuery, ReadSeries } from './remote-read.ts';

export const CURVE_NAME = 'guard_forecast_curve';
/** A regular expression that backtracks for ever is stopped. */
const MATCH_TIMEOUT_MS = 100;

export interface CurveSource extends ForecastResult {
  /** Unix seconds of the last observation: step i of the forecast is for `end + (i + 1) * step`. */
  readonly end: number;
  readonly step: number;
}

/** Every curve that the matchers select, with the samples that lie within the query's time range. */
export function selectCurves(sources: readonly CurveSource[], query: ReadQuery): ReadSeries[] {
  return sources.flatMap((source) => {
    const { signal, labels, horizon, forecast, end, step } = source;
    const own = { __name__: CURVE_NAME, signal, horizon: formatDuration(horizon) };
    return quantilePaths(forecast).flatMap(([quantile, path]) => {
      const identity = withOwnLabels(labels, { ...own, quantile: String(quantile) });
      if (!query.matchers.every((matcher) => matches(identity, matcher))) return [];
      const samples = Array.from(path, (value, index) => ({
        timeMs: Math.round((end + (index + 1) * step) * 1000),
        value,
      })).filter(({ timeMs }) => timeMs >= query.startMs && timeMs <= query.endMs);
      return samples.length === 0 ? [] : [{ labels: identity, samples }];
    });
  });
}

/** As Prometheus matches: a label that is not there is empty, expressions are anchored at both ends. */
function matches(
  labels: Readonly<Record<string, string>>,
  { kind, name, value }: Matcher,
): boolean {
  const actual = labels[name] ?? '';
  switch (kind) {
    case 'equal':
      return actual === value;
    case 'not_equal':
      return actual !== value;
    case 'regex':
      return matchesExpression(actual, value);
    case 'not_regex':
      return !matchesExpression(actual, value);
  }
}

function matchesExpression(text: string, source: string): boolean {
  const sandbox = { expression: new RegExp(`^(?:${source})$`, 's'), text };
  return runInNewContext('expression.test(text)', sandbox, { timeout: MATCH_TIMEOUT_MS }) === true;
}
