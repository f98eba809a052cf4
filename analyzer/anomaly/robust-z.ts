// A value far from the level of the last thousand samples, in units of their spread.
import { type Detector, judgeBand, NO_OPINION } from './detector.ts';
import { bandAround, COUNT, LEVEL_LENGTH, learnLevel } from './running-level.ts';

const MEMORY_SAMPLES = 1000;
const MIN_SAMPLES = 30;
/** Mean absolute deviations: 4 are 3.2 standard deviations of normal data. */
const EDGE_SPREADS = 4;

export const robustZ: Detector = {
  name: 'robust-z',
  stateLength: LEVEL_LENGTH,
  judge(state, { value }) {
    if (Number.isNaN(value)) return NO_OPINION;
    const isReady = state[COUNT]! >= MIN_SAMPLES;
    const judgement = isReady ? judgeBand(value, bandAround(state, EDGE_SPREADS)) : NO_OPINION;
    learnLevel(state, value, MEMORY_SAMPLES);
    return judgement;
  },
};
