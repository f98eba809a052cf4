// Many detectors, one rarity: each score's rank in its own history, combined.
import { harmonicMeanRarity } from '../math/harmonic-mean.ts';
import { rankInTail, TAIL_RANK_LENGTH } from '../math/tail-rank.ts';
import { type Judgement, NO_OPINION, type Sample } from './detector.ts';
import type { Listed } from './list.ts';

/** Inside its band a value is at most this rare: ranks alone would call one in a hundred of any noise an event. */
const INSIDE_RARITY = 1;

export interface Opinion extends Judgement {
  readonly detector: string;
  /** −log₁₀ of the share of the series' history that scored at least as high. */
  readonly rarity: number;
}

export interface Fused {
  /** −log₁₀ of the combined tail probability; NaN when no detector has an opinion. */
  readonly rarity: number;
  /** Of the detector that says most. */
  readonly leading: Opinion;
  readonly opinions: readonly Opinion[];
}

export interface Fusion {
  readonly stateLength: number;
  judge(state: Float64Array, sample: Sample): Fused;
}

/** @param width stretches every band, 1 leaves the detectors their own. */
export function createFusion(listed: readonly Listed[], width = 1): Fusion {
  const weights = listed.map(({ weight }) => weight);
  let stateLength = 0;
  const parts = listed.map(({ detector }) => {
    const ranks = stateLength + detector.stateLength;
    const part = { detector, from: stateLength, ranks, to: ranks + TAIL_RANK_LENGTH };
    stateLength = part.to;
    return part;
  });
  const judge = (state: Float64Array, sample: Sample): Fused => {
    const opinions = parts.map(({ detector, from, ranks, to }) => {
      const judgement = stretch(detector.judge(state.subarray(from, ranks), sample), width);
      const rank = rankInTail(state.subarray(ranks, to), judgement.score);
      const rarity = judgement.score < 1 ? Math.min(rank, INSIDE_RARITY) : rank;
      return { detector: detector.name, rarity, ...judgement };
    });
    const rarity = harmonicMeanRarity(
      opinions.map((opinion) => opinion.rarity),
      weights,
    );
    return { rarity, leading: leadingOf(opinions, weights), opinions };
  };
  return { stateLength, judge };
}

function stretch(judgement: Judgement, width: number): Judgement {
  if (width === 1) return judgement;
  const { score, expected, lower, upper } = judgement;
  return {
    score: score / width,
    expected,
    lower: expected - width * (expected - lower),
    upper: expected + width * (upper - expected),
  };
}

const SILENT: Opinion = { detector: '', rarity: Number.NaN, ...NO_OPINION };

function leadingOf(opinions: readonly Opinion[], weights: readonly number[]): Opinion {
  let best = SILENT;
  let most = -Infinity;
  for (const [i, opinion] of opinions.entries()) {
    const say = opinion.rarity + Math.log10(weights[i]!);
    if (say > most) [best, most] = [opinion, say];
  }
  return best;
}
