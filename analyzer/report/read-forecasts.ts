// What had been forecast beside what came, how right the forecasts were, and when what runs out.
import { formatDuration, parseDuration } from '../../service/duration.ts';
import { matchers, promqlOf } from '../features/feature.ts';
import type { SignalDefinitions } from '../features/signal.ts';
import { type Labels, labelsKey, withoutLabels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { type Ask, MissingError } from './ask.ts';
import type {
  CapacityDate,
  ForecastAccuracy,
  ReportRange,
  SaidAndCame,
  TimePoint,
} from './report-data.ts';

const MAX_CHARTS = 3;
const MAX_DATES = 200;
/** The last word before the end of the range; older than this it is none. */
const LAST_WORD = '1h';
/** The longest distance that a chart shows; beyond, most of a week's forecasts have nothing to be held against. */
const MAX_HORIZON_SECONDS = 2 * 86_400;
const NONE = 'the analyzer has exposed no forecasts in this range';

/** The soonest first; what does not run out within the horizons comes last. */
export async function readCapacity(ask: Ask, { to }: ReportRange): Promise<CapacityDate[]> {
  const promql = `last_over_time(guard_time_to_threshold_seconds{quantile=~"0.1|0.5"}[${LAST_WORD}])`;
  const found = await ask.instant(promql, to);
  if (found.length === 0) throw new MissingError(NONE);
  const bySubject = Map.groupBy(found, ({ labels }) =>
    labelsKey(withoutLabels(labels, 'quantile', 'job')),
  );
  const dates = [...bySubject.values()].map((quantiles): CapacityDate => {
    const dateOf = (quantile: string) => {
      const seconds = quantiles.find(({ labels }) => labels.quantile === quantile)?.value;
      return seconds === undefined || !Number.isFinite(seconds) ? undefined : to + seconds;
    };
    const { labels } = quantiles[0]!;
    return {
      signal: labels.signal ?? 'unknown',
      labels: withoutLabels(labels, 'quantile', 'signal', 'job'),
      early: dateOf('0.1'),
      expected: dateOf('0.5'),
    };
  });
  return dates.sort((a, b) => rank(a) - rank(b)).slice(0, MAX_DATES);
}

function rank({ early, expected }: CapacityDate): number {
  return expected ?? (early === undefined ? Number.MAX_VALUE : 2 * early);
}

export async function readAccuracy(ask: Ask, range: ReportRange): Promise<ForecastAccuracy[]> {
  const span = formatDuration(range.to - range.from);
  const mean = (promql: string) => ask.instant(`avg_over_time(${promql}[${span}])`, range.to);
  const [errors, coverage] = await Promise.all([
    mean('guard_forecast_error{measure=~"mase|mape"}'),
    mean('guard_forecast_coverage_ratio{level=~"0.8|0.95"}'),
  ]);
  if (errors.length + coverage.length === 0)
    throw new MissingError('no forecast of this range could be held against what came');
  const figures = [...errors, ...coverage];
  const bySignal = Map.groupBy(figures, ({ labels }) => `${labels.signal} ${labels.horizon}`);
  return [...bySignal.values()]
    .map((all) => {
      const figureOf = (label: string, wanted: string) =>
        finite(all.find(({ labels }) => labels[label] === wanted)?.value);
      return {
        signal: all[0]!.labels.signal ?? 'unknown',
        horizon: all[0]!.labels.horizon ?? 'unknown',
        mase: figureOf('measure', 'mase'),
        mape: figureOf('measure', 'mape'),
        coverage80: figureOf('level', '0.8'),
        coverage95: figureOf('level', '0.95'),
      };
    })
    .sort((a, b) => compare(a.signal, b.signal) || secondsOf(a.horizon) - secondsOf(b.horizon));
}

/** The forecasts of whole hosts first: those everybody can read. */
export async function readSaid(
  ask: Ask,
  range: ReportRange,
  signals: SignalDefinitions,
): Promise<SaidAndCame[]> {
  const promql = `last_over_time(guard_forecast{quantile="0.5"}[${LAST_WORD}])`;
  const subjects = (await ask.instant(promql, range.to))
    .map(({ labels }) => labels)
    .filter(({ signal = '', horizon = '' }) => {
      const seconds = secondsOf(horizon);
      return signal in signals && seconds <= MAX_HORIZON_SECONDS && seconds < range.to - range.from;
    });
  if (subjects.length === 0) throw new MissingError(NONE);
  const read = await Promise.all(
    chooseSubjects(subjects).map((labels) => readOne(ask, labels, { range, signals })),
  );
  const shown = read.filter(({ came, said }) => came.length > 1 && said.length > 1);
  if (shown.length === 0)
    throw new MissingError('no forecast was made early enough to be held against this range');
  return shown;
}

/** Of each signal the longest horizon of one subject. */
function chooseSubjects(subjects: readonly Labels[]): Labels[] {
  const longestFirst = subjects.toSorted(
    (a, b) =>
      Object.keys(a).length - Object.keys(b).length ||
      secondsOf(b.horizon ?? '') - secondsOf(a.horizon ?? '') ||
      compare(labelsKey(a), labelsKey(b)),
  );
  const bySignal = Map.groupBy(longestFirst, ({ signal }) => signal);
  return [...bySignal.values()].map((all) => all[0]!).slice(0, MAX_CHARTS);
}

async function readOne(
  ask: Ask,
  subject: Labels,
  { range, signals }: { range: ReportRange; signals: SignalDefinitions },
): Promise<SaidAndCame> {
  const { signal = '', horizon = '' } = subject;
  const definition = signals[signal]!;
  const own = withoutLabels(subject, 'signal', 'horizon', 'quantile');
  const promql = `guard_forecast{${matchers({ ...own, signal, horizon })},quantile=~"0.1|0.5|0.9"}`;
  const [said, recorded] = await Promise.all([
    ask.range(`${promql} offset ${horizon}`, range),
    ask.range(promqlOf(definition, 'record', own), range),
  ]);
  const came =
    recorded.length > 0 ? recorded : await ask.range(promqlOf(definition, 'expr', own), range);
  const pathOf = (quantile: string) =>
    pointsOf(said.find(({ labels }) => labels.quantile === quantile));
  return {
    ...{ signal, horizon, labels: withoutLabels(own, 'job'), unit: definition.unit },
    ...{ came: pointsOf(came[0]), said: pathOf('0.5') },
    ...{ lower: pathOf('0.1'), upper: pathOf('0.9') },
  };
}

function pointsOf(series: Series | undefined): TimePoint[] {
  if (series === undefined) return [];
  const { start, step, values } = series;
  return Array.from(values, (value, index): TimePoint => [start + index * step, value]).filter(
    ([, value]) => Number.isFinite(value),
  );
}

function secondsOf(horizon: string): number {
  return parseDuration(horizon) ?? Number.MAX_VALUE;
}

function finite(value: number | undefined): number | undefined {
  return value === undefined || !Number.isFinite(value) ? undefined : value;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
