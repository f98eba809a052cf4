// Seasonal hybrid ESD, online: what is left after the hour's level, tested as an outlier among the last residuals.
import { MAD_TO_STANDARD_DEVIATION } from '../math/quantile.ts';
import { type Detector, type Judgement, judgeBand, NO_OPINION } from './detector.ts';
import { grain, limitPull } from './running-level.ts';
import { CLOCK_LENGTH, HOURS, hourOf, samplesPerHour } from './season-clock.ts';

/**
 * Vallis, Hochenbaum & Kejariwal 2014 ("A novel technique for long-term anomaly detection in the cloud"): season and median out,
 * then generalised ESD with median and MAD. The newest sample alone is asked about, so one test is enough.
 */
const WINDOW = 24;
const MIN_WINDOW = 12;
const MIN_SAMPLES = 12;
const MEMORY_DAYS = 14;
const MIN_MEMORY_SAMPLES = 160;
const SPREAD_MEMORY_HOURS = 24;
const MIN_SPREAD_MEMORY = 1000;
/** Robust standard deviations at the edge; a MAD of two dozen values is too rough for the critical values of exact tests. */
const EDGE_DEVIATIONS = 4;
/** Of the long-run spread: a calm window alone makes no outlier. */
const SHARED_SPREAD = 1;

const USED = CLOCK_LENGTH;
const NEXT = USED + 1;
const SPREAD = NEXT + 1;
const SPREAD_COUNT = SPREAD + 1;
const RING = SPREAD_COUNT + 1;
const LEVELS = RING + WINDOW;
const COUNTS = LEVELS + HOURS;

export const seasonalEsd: Detector = {
  name: 'seasonal-esd',
  stateLength: COUNTS + HOURS,
  judge(state, sample) {
    const { value } = sample;
    if (Number.isNaN(value)) return NO_OPINION;
    const perHour = samplesPerHour(state, sample);
    const hour = hourOf(sample);
    const level = state[LEVELS + hour]!;
    const isReady = state[COUNTS + hour]! >= Math.max(MIN_SAMPLES, perHour);
    const judgement =
      isReady && state[USED]! >= MIN_WINDOW ? test(state, value, level) : NO_OPINION;
    if (isReady) {
      const memory = Math.max(MIN_SPREAD_MEMORY, perHour * SPREAD_MEMORY_HOURS);
      remember(state, value - level, memory);
    }
    const count = state[COUNTS + hour]! + 1;
    state[COUNTS + hour] = count;
    const pull = isReady ? limitPull(value - level, level, state[SPREAD]!) : value - level;
    const memory = Math.max(MIN_MEMORY_SAMPLES, perHour * MEMORY_DAYS);
    state[LEVELS + hour]! += Math.max(1 / count, 1 / memory) * pull;
    return judgement;
  },
};

function test(state: Float64Array, value: number, level: number): Judgement {
  const used = state[USED]!;
  const sorted = state.slice(RING, RING + used).sort();
  const middle = sorted[used >> 1]!;
  for (let i = 0; i < used; i++) sorted[i] = Math.abs(sorted[i]! - middle);
  const deviation = MAD_TO_STANDARD_DEVIATION * sorted.sort()[used >> 1]!;
  const room = EDGE_DEVIATIONS * (deviation + SHARED_SPREAD * state[SPREAD]! + grain(level));
  const median = level + middle;
  return judgeBand(value, { median, lower: median - room, upper: median + room });
}

function remember(state: Float64Array, residual: number, memory: number): void {
  state[RING + state[NEXT]!] = residual;
  state[NEXT] = (state[NEXT]! + 1) % WINDOW;
  state[USED] = Math.min(state[USED]! + 1, WINDOW);
  const count = state[SPREAD_COUNT]! + 1;
  state[SPREAD_COUNT] = count;
  const weight = Math.max(1 / count, 1 / memory);
  const excess = Math.abs(residual) - state[SPREAD]!;
  state[SPREAD]! += weight * limitPull(excess, 0, state[SPREAD]!);
}
