// The history of a signal at the resolution of a horizon: what is asked, how far back, and what is left out.
import { formatDuration } from '../../service/duration.ts';
import { promqlOf } from '../features/feature.ts';
import type { SignalDefinition } from '../features/signal.ts';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { Series } from '../series/series.ts';

/** Every horizon is this many steps ahead, so that each is seen at the resolution that suits it. */
export const STEPS_AHEAD = 60;
/** And looks back this many of the same steps: four times the horizon … */
const STEPS_BACK = 240;
/** … or three weeks, where a step is long enough to know days and weeks. */
const SEASONAL_STEPS_BACK = 1_300;
const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** A day of more steps than these is too long a season for what is read back. */
const MAX_DAY_STEPS = 100;
/** From this step on a sample would hide what happens between two: the mean of the step is asked instead. */
const MEAN_FROM_STEP_SECONDS = 60;

export interface HistoryRequest {
  readonly name: string;
  readonly signal: SignalDefinition;
  /** Seconds. */
  readonly horizon: number;
  readonly now: number;
  /** Series; the largest are kept and the cut is reported. */
  readonly maxSubjects: number;
  /** Told why something is not there. */
  readonly report: Report;
}

export type Report = (reason: string, detail: string) => void;

/** The largest series of a signal, largest first. @throws {QueryError} when the server cannot be asked. */
export async function readHistories(
  querier: Querier,
  { name, signal, horizon, now, maxSubjects, report }: HistoryRequest,
): Promise<Series[]> {
  const step = horizon / STEPS_AHEAD;
  const to = Math.floor(now / step) * step;
  const back = seasonsOf(step).season === undefined ? STEPS_BACK : SEASONAL_STEPS_BACK;
  const grid = { from: to - (back - 1) * step, to, step };
  try {
    const series = await readFirstNonEmpty(querier, rangeQueries(signal, step), grid);
    if (series.length === 0) report('no_data', 'neither the recording rule nor raw series answer');
    const large = series.map(trimLeadingGap).filter((one) => lastValue(one) >= signal.floor);
    large.sort((a, b) => lastValue(b) - lastValue(a));
    if (large.length > maxSubjects) {
      report(
        'subject_cap',
        `${large.length} series, the largest ${maxSubjects} are forecast: raise forecast.max_subjects`,
      );
    }
    return large.slice(0, maxSubjects);
  } catch (error) {
    if (!(error instanceof QueryError) || error.kind !== 'rejected') throw error;
    report('query_rejected', `${name}: ${error.message}`);
    return [];
  }
}

/** The recorded series and the raw one, each as the mean of the step where a step is long. */
function rangeQueries(signal: SignalDefinition, step: number): string[] {
  const duration = formatDuration(step);
  const mean = step >= MEAN_FROM_STEP_SECONDS;
  const expr = promqlOf(signal, 'expr');
  const raw = mean ? `avg_over_time((${expr})[${duration}:])` : expr;
  if (signal.record === undefined) return [raw];
  const record = promqlOf(signal, 'record');
  return [mean ? `avg_over_time(${record}[${duration}])` : record, raw];
}

async function readFirstNonEmpty(
  querier: Querier,
  queries: readonly string[],
  grid: { from: number; to: number; step: number },
): Promise<Series[]> {
  for (const promql of queries) {
    const series = await querier.range(promql, grid);
    if (series.length > 0) return series;
  }
  return [];
}

/** Steps of a day and of a week, by the clock, where the step divides them and is not too fine. */
export function seasonsOf(step: number): { season?: number; longSeason?: number } {
  const day = DAY_SECONDS / step;
  if (!Number.isInteger(day) || day > MAX_DAY_STEPS || day < 2) return {};
  return { season: day, longSeason: WEEK_SECONDS / step };
}

/** A series that began during the window has no gap before its beginning: it is just shorter. */
function trimLeadingGap(series: Series): Series {
  const first = series.values.findIndex((value) => !Number.isNaN(value));
  if (first <= 0) return series;
  const start = series.start + first * series.step;
  return { ...series, start, values: series.values.subarray(first) };
}

/** NaN, and so below every floor, when the series has ended: its subject is gone. */
export function lastValue({ values }: Series): number {
  const last = values.at(-1) ?? Number.NaN;
  return Number.isNaN(last) ? (values.at(-2) ?? Number.NaN) : last;
}
