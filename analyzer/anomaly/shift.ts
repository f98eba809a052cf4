// The mean of the last samples against the level before: what EWMA charts and change points have in common.
import { type Detector, type Judgement, judgeBand, NO_OPINION } from './detector.ts';
import { bandAround, COUNT, LEVEL_LENGTH, learnLevel } from './running-level.ts';

const RECENT_COUNT = LEVEL_LENGTH;
const RECENT = LEVEL_LENGTH + 1;

export interface ShiftOptions {
  readonly name: string;
  /** Samples that the recent mean remembers. */
  readonly recent: number;
  /** Samples that the level and its spread remember. */
  readonly memory: number;
  readonly minSamples: number;
  /** Spreads of single samples; the mean of several moves less. */
  readonly edgeSpreads: number;
}

/** A detector of shifts that last: the exponentially weighted recent mean, itself without the sample at hand. */
export function shiftDetector(options: ShiftOptions): Detector {
  return {
    name: options.name,
    stateLength: LEVEL_LENGTH + 2,
    judge(state, { value }) {
      if (Number.isNaN(value)) return NO_OPINION;
      learnRecent(state, value, options.recent);
      const judgement = judgeRecent(state, options);
      learnLevel(state, value, options.memory);
      return judgement;
    },
  };
}

function learnRecent(state: Float64Array, value: number, memory: number): void {
  const count = state[RECENT_COUNT]! + 1;
  state[RECENT_COUNT] = count;
  state[RECENT]! += Math.max(1 / count, 1 / memory) * (value - state[RECENT]!);
}

function judgeRecent(state: Float64Array, { minSamples, edgeSpreads }: ShiftOptions): Judgement {
  if (state[COUNT]! < minSamples) return NO_OPINION;
  return judgeBand(state[RECENT]!, bandAround(state, edgeSpreads));
}
