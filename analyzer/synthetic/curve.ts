// The forecasts as curves into the future: series that exist only when asked for, and are never stored.
import { runInNewContext } from 'node:vm';
import type { Labels } from '../../exporter/promformat/family.ts';
import { formatDuration } from '../../service/duration.ts';
import { type ForecastResult, quantilePaths } from './exposition.ts';
import { withOwnLabels } from './own-labels.ts';
import type { Matcher, ReadQuery, ReadSeries } from './remote-read.ts';

export const CURVE_NAME = 'guard_forecast_curve';
/** Of one expression on all values of its label: one that backtracks for ever is stopped. */
const MATCH_TIMEOUT_MS = 250;

export interface CurveSource extends ForecastResult {
  /** Unix seconds of the last observation: step i of the forecast is for `end + (i + 1) * step`. */
  readonly end: number;
  readonly step: number;
}

interface Curve {
  readonly source: CurveSource;
  readonly path: Float64Array;
  readonly labels: Labels;
}

/**
 * Every curve that the matchers select, with the samples that lie within the query's time range. O(curves × matchers), and one
 * new realm per matcher that is an expression.
 * @throws {Error} for an expression that is none, or takes too long.
 */
export function selectCurves(sources: readonly CurveSource[], query: ReadQuery): ReadSeries[] {
  const selected = query.matchers.reduce(select, sources.flatMap(curvesOf));
  return selected.flatMap(({ source: { end, step }, path, labels }) => {
    const samples = Array.from(path, (value, index) => ({
      timeMs: Math.round((end + (index + 1) * step) * 1000),
      value,
    })).filter(({ timeMs }) => timeMs >= query.startMs && timeMs <= query.endMs);
    return samples.length === 0 ? [] : [{ labels, samples }];
  });
}

function curvesOf(source: CurveSource): Curve[] {
  const { signal, labels, horizon, forecast } = source;
  const own = { __name__: CURVE_NAME, signal, horizon: formatDuration(horizon) };
  return quantilePaths(forecast).map(([quantile, path]) => {
    const identity = withOwnLabels(labels, { ...own, quantile: String(quantile) });
    return { source, path, labels: identity };
  });
}

/** As Prometheus matches: a label that is not there is empty, expressions are anchored at both ends. */
function select(curves: readonly Curve[], { kind, name, value }: Matcher): Curve[] {
  const actual = ({ labels }: Curve) => (Object.hasOwn(labels, name) ? (labels[name] ?? '') : '');
  switch (kind) {
    case 'equal':
      return curves.filter((curve) => actual(curve) === value);
    case 'not_equal':
      return curves.filter((curve) => actual(curve) !== value);
    case 'regex':
    case 'not_regex': {
      const matching = matchingTexts(new Set(curves.map(actual)), value);
      return curves.filter((curve) => matching.has(actual(curve)) === (kind === 'regex'));
    }
  }
}

/** All at once: a realm of its own, which is what can be stopped, costs more than a thousand matches. */
function matchingTexts(texts: ReadonlySet<string>, source: string): ReadonlySet<string> {
  const sandbox = { expression: new RegExp(`^(?:${source})$`, 's'), texts: [...texts] };
  const code = 'texts.filter((text) => expression.test(text))';
  const matching: unknown = runInNewContext(code, sandbox, { timeout: MATCH_TIMEOUT_MS });
  return new Set(matching as readonly string[]);
}
