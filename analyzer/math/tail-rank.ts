// How rare a score is in its own history: its rank, from a short histogram that forgets slowly.

/** Scores from 0.125 to 200 in 16 cells, 1.5 per octave; what lies outside counts in the first or last cell. */
const CELLS = 16;
const LOWEST = 0.125;
const CELLS_PER_OCTAVE = 1.5;
/** Beyond the largest score seen the tail falls by this power: heavier than any exponential, with a variance. */
const TAIL_POWER = 2.5;
/** Scores are remembered for about so many samples; no probability below its inverse is told from history alone. */
export const RANK_MEMORY = 10_000;
const TOTAL = 0;
const LARGEST = 1;
const FIRST_CELL = 2;

/** Numbers of state: how many, the largest, and the counts, packed as 32-bit floats. */
export const TAIL_RANK_LENGTH = FIRST_CELL + CELLS / 2;

/**
 * The rarity of a score ≥ 0 among the earlier ones, as −log₁₀ of the share of scores at least as large (1 = one in ten, 2 =
 * one in a hundred), (r + 1)/(n + 1) so that nothing is impossible (Davison & Hinkley 1997, 4.2); then learns the score.
 * A record is extrapolated by a Pareto tail from the largest so far. NaN is neither ranked nor learned. O(16).
 */
export function rankInTail(state: Float64Array, score: number): number {
  if (Number.isNaN(score)) return Number.NaN;
  const counts = new Float32Array(state.buffer, state.byteOffset + FIRST_CELL * 8, CELLS);
  const position = positionOf(score);
  const cell = Math.floor(position);
  let above = counts[cell]! * (1 - (position - cell));
  for (let i = cell + 1; i < CELLS; i++) above += counts[i]!;
  const largest = state[LARGEST]!;
  const beyond = largest > 0 && score > largest ? TAIL_POWER * Math.log10(score / largest) : 0;
  const rarity = beyond - Math.log10((above + 1) / (state[TOTAL]! + 1));
  learn(state, counts, cell);
  state[LARGEST] = Math.max(largest, score);
  return rarity;
}

function positionOf(score: number): number {
  const position = Math.log2(score / LOWEST) * CELLS_PER_OCTAVE;
  return Math.min(Math.max(position, 0), CELLS - 1e-9);
}

function learn(state: Float64Array, counts: Float32Array, cell: number): void {
  if (state[TOTAL]! >= RANK_MEMORY) {
    const keep = 1 - 1 / RANK_MEMORY;
    state[TOTAL]! *= keep;
    for (let i = 0; i < CELLS; i++) counts[i]! *= keep;
  }
  state[TOTAL]! += 1;
  counts[cell]! += 1;
}
