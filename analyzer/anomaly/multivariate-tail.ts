// How rare a member's score is in its own history, as a power of ten: by rank, and beyond the history by a Pareto tail.
import { quantileOfSorted } from '../math/quantile.ts';

/** Ranks are read from this many quantiles of the history, which keeps the state small. */
const QUANTILES = 400;
/** From here on the tail takes over (Hill 1975). */
const TAIL_PROBABILITY = 0.99;
/** A tail thinner than this would make every new maximum a miracle. */
const MIN_TAIL_INDEX = 0.05;
/** One member alone cannot claim more. */
const MAX_RARITY = 12;
const TINY = 1e-12;

/** Scores of the history, ascending: evenly spaced quantiles, then the mean log excess of its tail as last number. */
export type Tail = Float64Array;

/** @param scores positive, at least one. */
export function fitTail(scores: Float64Array): Tail {
  const sorted = scores.slice().sort();
  const size = Math.min(QUANTILES, sorted.length);
  const tail = new Float64Array(size + 2);
  for (let i = 0; i < size; i++)
    tail[i] = quantileOfSorted(sorted, size === 1 ? 1 : i / (size - 1));
  const top = Math.max(quantileOfSorted(sorted, TAIL_PROBABILITY), TINY);
  const above = sorted.filter((value) => value >= top);
  const excess =
    above.reduce((sum, value) => sum + Math.log(value / top), 0) / Math.max(above.length, 1);
  tail[size] = top;
  tail[size + 1] = Math.max(excess, MIN_TAIL_INDEX);
  return tail;
}

/** −log₁₀ of the probability that a usual moment scores as high: 0 = nothing is lower, 2 = one in a hundred. */
export function rarity(tail: Tail, score: number): number {
  const size = tail.length - 2;
  const top = tail[size]!;
  if (score > top) {
    const beyond = Math.log(score / top) / tail[size + 1]! / Math.LN10;
    return Math.min(MAX_RARITY, -Math.log10(1 - TAIL_PROBABILITY) + beyond);
  }
  return Math.log10((size + 1) / (size - below(tail, size, score) + 1));
}

/** How many of the first `size` quantiles lie below the score: binary search. */
function below(tail: Tail, size: number, score: number): number {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (tail[middle]! < score) low = middle + 1;
    else high = middle;
  }
  return low;
}
