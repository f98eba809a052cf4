// One signal at one horizon: its series, what was said of each, when each has to be fitted again, and how right it was.
import { setImmediate } from 'node:timers/promises';
import { formatDuration } from '../../service/duration.ts';
import type { SignalDefinition } from '../features/signal.ts';
import { type Bounds, withinBounds } from '../forecast/bounds.ts';
import type { ForecastOptions } from '../forecast/forecast-series.ts';
import { timeToThreshold } from '../forecast/time-to-threshold.ts';
import {
  type Claim,
  createTrackRecord,
  MAX_PENDING,
  stretched,
  type TrackRecord,
  type TrackRecordState,
} from '../forecast/track-record.ts';
import type { Unavailable } from '../series/finding.ts';
import type { Forecast, NoForecast } from '../series/forecast.ts';
import { type Labels, labelsKey, withoutLabels } from '../series/labels.ts';
import { endOf, type Series } from '../series/series.ts';
import { advance, ageOf, type Fit, isSurprised } from './advance-forecast.ts';
import { lastValue } from './forecast-history.ts';
import { type HorizonPlan, planHorizon } from './horizon-plan.ts';
import type { SignalLevels } from './signal-levels.ts';
import type { SignalForecast } from './state.ts';

/** Each horizon is looked at again after this share of it. */
export const REFRESH_SHARE = 1 / 20;
/** Levels that every signal has unless its definition says otherwise. */
export const LEVELS = [0.8, 0.95] as const;
/** The time to threshold reads the edges of this band. */
const THRESHOLD_LEVEL = 0.8;
/** A fit is due again after this share of the horizon's steps, and good for no more than a quarter. */
const REFIT_SHARE = 1 / 5;
const SLACK_SHARE = 1 / 4;
/** Series that are handled before the event loop has its turn. */
const SERIES_PER_TURN = 200;

interface Subject {
  readonly key: string;
  series: Series;
  /** Place among all series when it was last read. */
  order: number;
  limit: number | undefined;
  bounds: Bounds;
  fit: Fit | undefined;
  refusal: NoForecast | undefined;
  current: SignalForecast | undefined;
}

/** Why a series should be fitted again: `age` may wait a little, the others leave it without a good forecast. */
export type Need = 'new' | 'age' | 'surprise';

export interface FitRequest {
  readonly history: Series;
  readonly options: ForecastOptions;
  /** Takes the answer of the pool. */
  answer(result: Forecast | NoForecast): void;
}

export interface SignalTrack {
  readonly plan: HorizonPlan;
  /** Takes what was read; calls `need` for each series that has to be fitted, the most important first. */
  update(reading: Reading): Promise<void>;
  /** Undefined when the series is gone. */
  request(key: string): FitRequest | undefined;
  forecasts(): SignalForecast[];
  /** Reasons why series have no forecast. */
  refusals(): Unavailable[];
  readonly record: TrackRecord;
  /** What it knows, to be handed to another one of the same signal and horizon. */
  state(): TrackState;
}

/** Plain data: the fit of each series, and how right they were. */
export interface TrackState {
  readonly fits: readonly { readonly key: string; readonly labels: Labels; readonly fit: Fit }[];
  readonly record: TrackRecordState;
}

export interface Reading {
  readonly now: number;
  readonly histories: readonly Series[];
  readonly levels: SignalLevels;
  readonly need: (key: string, why: Need) => void;
}

export interface TrackOptions {
  readonly name: string;
  readonly signal: SignalDefinition;
  /** Seconds. */
  readonly horizon: number;
}

export function createSignalTrack(
  { name, signal, horizon }: TrackOptions,
  before?: TrackState,
): SignalTrack {
  const plan = planHorizon(signal, horizon);
  const slack = Math.ceil(plan.stepsAhead * SLACK_SHARE);
  const request = {
    steps: plan.stepsAhead + slack,
    levels: withThresholdLevel(signal),
    ...(signal.models === undefined ? {} : { models: signal.models }),
    // An empty list says that nothing repeats: then no season is looked for either.
    ...(signal.season?.length === 0 ? { season: 0 } : {}),
  };
  const record = createTrackRecord(before?.record);
  const subjects = new Map(
    before?.fits.map((one) => [one.key, fittedBefore(one, plan.step)] as const),
  );
  let round = 0;

  function needOf({ fit, series }: Subject): Need | undefined {
    if (fit === undefined || ageOf(fit, series) > slack || ageOf(fit, series) < 0) return 'new';
    if (isSurprised(fit, series)) return 'surprise';
    return ageOf(fit, series) >= plan.stepsAhead * REFIT_SHARE ? 'age' : undefined;
  }

  function publish(subject: Subject, isClaimed: boolean): void {
    const { fit, series, limit, bounds, key } = subject;
    const steps = plan.stepsAhead;
    const moved = fit && advance({ fit, history: series, steps });
    subject.current = undefined;
    if (moved === undefined) return;
    const forecast = withinBounds(stretched(moved, record.factor), bounds);
    const result = describe({ name, signal, horizon }, { series, limit, forecast });
    subject.current = result;
    const target = result.end + steps * result.step;
    if (isClaimed) record.claim(toClaim(forecast, { subject: key, target, naive: result.value }));
  }

  return {
    plan,
    record,
    state: () => ({
      fits: [...subjects.values()].flatMap(({ key, series: { labels }, fit }) =>
        fit === undefined ? [] : [{ key, labels, fit }],
      ),
      record: record.state(),
    }),
    async update({ now, histories, levels: { limit, maximum }, need }) {
      const gone = new Set(subjects.keys());
      const every = claimEvery(histories.length);
      round += 1;
      for (const [index, series] of histories.entries()) {
        const key = labelsKey(series.labels);
        gone.delete(key);
        const subject = subjects.get(key) ?? newSubject(key, series);
        subjects.set(key, subject);
        subject.series = series;
        subject.order = index;
        subject.limit = limit(series.labels);
        subject.bounds = boundsOf(signal.minimum, maximum(series.labels));
        record.settle(key, now, (time) => valueAt(series, time));
        const why = needOf(subject);
        publish(subject, why === undefined && (index + round) % every === 0);
        if (why !== undefined) need(key, why);
        if ((index + 1) % SERIES_PER_TURN === 0) await setImmediate();
      }
      for (const key of gone) subjects.delete(key);
    },
    request(key) {
      const subject = subjects.get(key);
      if (subject === undefined) return undefined;
      const end = endOf(subject.series);
      return {
        history: subject.series,
        options: forecastOptions(plan, request, subject.bounds),
        answer(result) {
          const current = subjects.get(key);
          if (current === undefined) return;
          takeAnswer(current, result, end);
          publish(current, (round + current.order) % claimEvery(subjects.size) === 0);
        },
      };
    },
    forecasts: () => [...subjects.values()].flatMap(({ current }) => current ?? []),
    refusals: () => summarise([...subjects.values()], { name, horizon }),
  };
}

/** Once in so many refreshes a series makes a claim, so that all claims find room until their truth is known. */
function claimEvery(series: number): number {
  return Math.max(1, Math.ceil(series / REFRESH_SHARE / MAX_PENDING));
}

function isPassing({ reason }: NoForecast): boolean {
  return reason === 'overloaded' || reason === 'cancelled';
}

function withThresholdLevel({ levels = LEVELS }: SignalDefinition): readonly number[] {
  return levels.includes(THRESHOLD_LEVEL) ? levels : [...levels, THRESHOLD_LEVEL];
}

function newSubject(key: string, series: Series): Subject {
  const nothing = { limit: undefined, fit: undefined, refusal: undefined, current: undefined };
  return { key, series, order: 0, bounds: {}, ...nothing };
}

/** Its series comes with the next reading. */
function fittedBefore({ key, labels, fit }: TrackState['fits'][number], step: number): Subject {
  const series = { labels, start: fit.end, step, values: new Float64Array() };
  return { ...newSubject(key, series), fit };
}

/** What the machinery is at fault for costs no forecast: the old fit is still good for a while. */
function takeAnswer(subject: Subject, result: Forecast | NoForecast, end: number): void {
  const isRefused = 'reason' in result;
  subject.refusal = isRefused ? result : undefined;
  if (isRefused && isPassing(result)) return;
  subject.fit = isRefused ? undefined : { forecast: result, end };
}

function forecastOptions(
  { season, longSeason }: HorizonPlan,
  request: Pick<ForecastOptions, 'steps' | 'levels' | 'models' | 'season'>,
  bounds: Bounds,
): ForecastOptions {
  return {
    ...request,
    bounds,
    ...(season === undefined ? {} : { season }),
    ...(longSeason === undefined ? {} : { longSeason }),
  };
}

function boundsOf(min: number | undefined, max: number | undefined): Bounds {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

function describe(
  { name, signal, horizon }: TrackOptions,
  { series, limit, forecast }: { series: Series; limit: number | undefined; forecast: Forecast },
): SignalForecast {
  const value = lastValue(series);
  const direction = signal.direction === 'down' ? 'below' : 'above';
  const threshold = { direction, step: series.step, current: value } as const;
  return {
    signal: name,
    unit: signal.unit === 'other' ? '' : signal.unit,
    labels: withoutLabels(series.labels),
    horizon,
    step: series.step,
    end: endOf(series),
    value,
    limit,
    forecast,
    timeToThreshold:
      limit === undefined ? undefined : timeToThreshold(forecast, { ...threshold, limit }),
  };
}

/** The value on the grid at a time; NaN outside of it. */
function valueAt({ start, step, values }: Series, time: number): number {
  return values[Math.round((time - start) / step)] ?? Number.NaN;
}

/** What the last step of a forecast claims. */
function toClaim(
  { model, median, intervals }: Forecast,
  { subject, target, naive }: Pick<Claim, 'subject' | 'target' | 'naive'>,
): Claim {
  const bounds = intervals.map(({ level, lower, upper }) => ({
    level,
    lower: lower.at(-1)!,
    upper: upper.at(-1)!,
  }));
  return { subject, target, model, naive, median: median.at(-1)!, bounds };
}

/** One absence per reason, with the first detail and how many series it concerns. */
function summarise(
  subjects: readonly Subject[],
  { name, horizon }: Pick<TrackOptions, 'name' | 'horizon'>,
): Unavailable[] {
  const refusals = subjects.flatMap(({ refusal }) => refusal ?? []);
  return [...Map.groupBy(refusals, ({ reason }) => reason)].map(([reason, all]) => {
    const more = all.length === 1 ? '' : `; the same for ${all.length - 1} more series`;
    const detail = `${formatDuration(horizon)}: ${all[0]!.detail}${more}`;
    return { what: 'forecast', signal: name, reason, detail };
  });
}
