// One series under watch: every detector, their fusion, the operator's policy, and an explanation of what is unusual.
import { RANK_MEMORY } from '../math/tail-rank.ts';
import {
  type AlarmPolicy,
  alarmPolicy,
  bandWidth,
  edgeRarity,
  excuse,
  isBusinessHour,
  isOutsideRange,
} from './alarm-policy.ts';
import {
  CONDITIONS_LENGTH,
  COUNTER_DECIDED_AT,
  type Condition,
  findConditions,
  isCounter,
  lastValue,
  samplesSeen,
} from './conditions.ts';
import type { Sample } from './detector.ts';
import { createFusion, type Fused } from './fuse.ts';
import { DETECTORS } from './list.ts';

/** What one sample comes to. */
export interface Observation {
  /** 0 as expected, 1 at the edge, above 1 anomalous; NaN without a value or with too little history. */
  readonly score: number;
  /** Whether somebody should be told now: anomalous, allowed by the policy, and not told already. */
  readonly isAlarm: boolean;
  /** Whether this is news: rarer than what was seen lately. The edge of an episode, whatever the threshold. */
  readonly isNews: boolean;
  /** The value, or the increment of a series that counts up; the band is of the same. */
  readonly actual: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
  /** Unix seconds since when it is anomalous; NaN when it is not. */
  readonly since: number;
  /** The detectors for which the value is outside their own band, the leading one first. */
  readonly agreeing: readonly string[];
  /** 0–1: how much of the judging detectors agree, and how long the history is. */
  readonly confidence: number;
  /** Why an anomalous value does not matter, by the policy. */
  readonly excuse?: string | undefined;
  readonly conditions: readonly Condition[];
}

export interface Watch {
  /** Numbers of state; a series begins with as many zeros. */
  readonly stateLength: number;
  observe(state: Float64Array, sample: Sample): Observation;
  /** Unix seconds from which on the series has a score; NaN before its first sample. */
  warmAt(state: Float64Array): number;
}

const COUNT = 0;
const PEAK = 1;
const RAISED = 2;
const LAST_TIME = 3;
const FIRST_TIME = 4;
const SINCE = 5;
const COUNTS_UP = 6;
const HEADER_LENGTH = 7;

/** After an alarm, another has to be rarer; what counts as rarer fades tenfold within so many samples. */
const REFRACTORY_SAMPLES = 300;
/** Every alarm asks for events this much rarer (log₁₀), paid back at the welcome rate. */
const BUDGET_STEP = 0.25;
const DAY_SECONDS = 86_400;
const OUT_OF_RANGE_SCORE = 1.01;
/** A history is trusted fully from so many samples on. */
const FULL_HISTORY = 1000;
const MAX_VALUE = 1e300;

export function createWatch(settings: Partial<AlarmPolicy> = {}): Watch {
  const policy = alarmPolicy(settings);
  const fusion = createFusion(DETECTORS, bandWidth(policy.sensitivity));
  const conditionsAt = HEADER_LENGTH;
  const fusionAt = conditionsAt + CONDITIONS_LENGTH;
  const stateLength = fusionAt + fusion.stateLength;
  const observe = (state: Float64Array, raw: Sample): Observation => {
    const sample = { ...raw, value: bounded(raw.value) };
    const conditionState = state.subarray(conditionsAt, fusionAt);
    const previous = lastValue(conditionState);
    const conditions = findConditions(conditionState, sample);
    if (Number.isNaN(sample.value)) return unknown(conditions, raw.value);
    if (switchesToIncrements(state, conditionState)) state.fill(0, fusionAt);
    const judged = state[COUNTS_UP] === 1 ? incrementOf(sample, previous) : sample;
    const fused = fusion.judge(state.subarray(fusionAt), judged);
    return conclude({ state, policy, sample: judged, fused, conditions });
  };
  const warmAt = (state: Float64Array): number =>
    state[COUNT] === 0 ? Number.NaN : state[FIRST_TIME]! + policy.warmUpSeconds;
  return { stateLength, observe, warmAt };
}

/** Decides once whether the series counts up, and takes it back when it falls without beginning again. */
function switchesToIncrements(state: Float64Array, conditionState: Float64Array): boolean {
  const counts = isCounter(conditionState);
  const decides = samplesSeen(conditionState) === COUNTER_DECIDED_AT && counts;
  const takesBack = state[COUNTS_UP] === 1 && !counts;
  if (decides) state[COUNTS_UP] = 1;
  if (takesBack) state[COUNTS_UP] = 0;
  return decides || takesBack;
}

/** As PromQL's `increase` does: a counter that began again has counted what it shows. A forecast is of the value, not of it. */
function incrementOf(sample: Sample, previous: number): Sample {
  const { value } = sample;
  const increment = value < previous ? value : value - previous;
  return { ...sample, value: increment, forecast: undefined };
}

function bounded(value: number): number {
  return Number.isFinite(value) ? Math.max(-MAX_VALUE, Math.min(MAX_VALUE, value)) : Number.NaN;
}

interface Judged {
  readonly state: Float64Array;
  readonly policy: AlarmPolicy;
  readonly sample: Sample;
  readonly fused: Fused;
  readonly conditions: readonly Condition[];
}

function conclude({ state, policy, sample, fused, conditions }: Judged): Observation {
  const { time, value } = sample;
  const { leading } = fused;
  const edge = age(state, policy, time);
  const impossible = isOutsideRange(policy, value);
  const reason = excuse(policy, { value, expected: leading.expected });
  const rarity = Number.isNaN(fused.rarity) ? 0 : fused.rarity;
  const isFresh = rarity > state[PEAK]!;
  if (isFresh) state[PEAK] = rarity;
  const isWarm = time - state[FIRST_TIME]! >= policy.warmUpSeconds;
  const rarityToEdge = isWarm ? fused.rarity / edge : Number.NaN;
  const score = scoreOf({ rarity: rarityToEdge, impossible, excused: reason !== undefined });
  follow(state, score, time);
  const isAlarm = score > 1 && isFresh && isBusinessHour(policy, time + (sample.utcOffset ?? 0));
  if (isAlarm) state[RAISED]! += BUDGET_STEP;
  const agreeing = agreed(fused);
  return {
    score,
    isAlarm,
    isNews: isFresh,
    actual: value,
    expected: leading.expected,
    lower: leading.lower,
    upper: leading.upper,
    since: state[SINCE] === 0 ? Number.NaN : state[SINCE]!,
    agreeing,
    confidence: confidenceOf(state, fused),
    ...(reason === undefined || !(fused.rarity > edge) ? {} : { excuse: reason }),
    conditions,
  };
}

/** Counts the sample, lets the peak and the debt of earlier alarms fade, and answers the rarity that is at the edge now. */
function age(state: Float64Array, policy: AlarmPolicy, time: number): number {
  if (state[COUNT] === 0) state[FIRST_TIME] = time;
  else {
    const days = Math.max(0, time - state[LAST_TIME]!) / DAY_SECONDS;
    state[RAISED] = Math.max(0, state[RAISED]! - BUDGET_STEP * policy.alarmsPerDay * days);
    state[PEAK]! -= 1 / REFRACTORY_SAMPLES;
  }
  state[LAST_TIME] = time;
  const samples = Math.min(state[COUNT]!, RANK_MEMORY);
  state[COUNT]! += 1;
  return edgeRarity(policy.sensitivity, samples) + state[RAISED]!;
}

interface Scored {
  readonly rarity: number;
  readonly impossible: boolean;
  readonly excused: boolean;
}

function scoreOf({ rarity, impossible, excused }: Scored): number {
  if (impossible) return Math.max(OUT_OF_RANGE_SCORE, rarity || 0);
  return excused ? Math.min(1, rarity) : Math.max(0, rarity);
}

function follow(state: Float64Array, score: number, time: number): void {
  if (!(score > 1)) state[SINCE] = 0;
  else if (state[SINCE] === 0) state[SINCE] = time;
}

function agreed({ leading, opinions }: Fused): string[] {
  const outside = opinions.filter(({ score }) => score > 1).map(({ detector }) => detector);
  return [leading.detector, ...outside.filter((name) => name !== leading.detector)].filter((name) =>
    outside.includes(name),
  );
}

function confidenceOf(state: Float64Array, { opinions }: Fused): number {
  const voting = opinions.filter(({ score }) => !Number.isNaN(score));
  if (voting.length === 0) return 0;
  const agree = voting.filter(({ score }) => score > 1).length;
  return (agree / voting.length) * Math.min(1, state[COUNT]! / FULL_HISTORY);
}

function unknown(conditions: readonly Condition[], actual: number): Observation {
  const none = Number.NaN;
  const band = { expected: none, lower: none, upper: none, since: none };
  return {
    score: none,
    isAlarm: false,
    isNews: false,
    actual,
    ...band,
    agreeing: [],
    confidence: 0,
    conditions,
  };
}
