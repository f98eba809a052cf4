// A value unlike its own hour of the day: one level and one spread per hour.
import { type Detector, judgeBand, NO_OPINION } from './detector.ts';
import { bandAround, COUNT, LEVEL_LENGTH, learnLevel, SPREAD } from './running-level.ts';
import { CLOCK_LENGTH, HOURS, hourOf, samplesPerHour } from './season-clock.ts';

const OVERALL = CLOCK_LENGTH;
const FIRST_HOUR = OVERALL + LEVEL_LENGTH;
const MEMORY_DAYS = 14;
const MIN_MEMORY_SAMPLES = 80;
const MIN_SAMPLES = 12;
const OVERALL_MEMORY = 1000;
const EDGE_SPREADS = 4;
/** An hour that happened to be calm still has this share of the spread that the series has as a whole. */
const SHARED_SPREAD = 0.1;
/** Of an hour seen on one day only, its own spread says little; each further day says more. */
const NEW_HOUR_SPREAD = 0.8;

export const seasonalBand: Detector = {
  name: 'seasonal-band',
  stateLength: FIRST_HOUR + HOURS * LEVEL_LENGTH,
  judge(state, sample) {
    const { value } = sample;
    if (Number.isNaN(value)) return NO_OPINION;
    const perHour = samplesPerHour(state, sample);
    const overall = state.subarray(OVERALL, FIRST_HOUR);
    const start = FIRST_HOUR + hourOf(sample) * LEVEL_LENGTH;
    const hour = state.subarray(start, start + LEVEL_LENGTH);
    const days = Math.max(1, hour[COUNT]! / perHour);
    const margin = Math.max(SHARED_SPREAD, NEW_HOUR_SPREAD / days) * overall[SPREAD]!;
    const isReady = hour[COUNT]! >= Math.max(MIN_SAMPLES, perHour);
    const judgement = isReady
      ? judgeBand(value, bandAround(hour, EDGE_SPREADS, margin))
      : NO_OPINION;
    learnLevel(hour, value, Math.max(MIN_MEMORY_SAMPLES, perHour * MEMORY_DAYS));
    learnLevel(overall, value, OVERALL_MEMORY);
    return judgement;
  },
};
