// One replica of a group that behaves unlike the others, compared at every moment with their median.
import { MAD_TO_STANDARD_DEVIATION, median, medianAbsoluteDeviation } from '../math/quantile.ts';

/** With fewer nobody can say which one is the odd one out. */
export const MIN_PEERS = 3;
/** Robust deviations at the edge, for a sensitivity of 0.5: Iglewicz & Hoaglin (1993) advise 3.5. */
const EDGE_DEVIATIONS = 3.5;
/** The median over so many rows counts, so that a single odd row is no finding. */
const WINDOW_ROWS = 5;
/** Replicas that agree to the digit still may differ by this share of their level. */
const MIN_LEVEL_SHARE = 0.05;
const MAX_SCORE = 1e6;

export interface PeerJudgement {
  /** 0 = like the others, 1 = at the edge, above 1 = unlike them; NaN where too few replicas were observed. */
  readonly score: number;
  /** The others' median in the last row. */
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Judges the last row of every replica. `replicas` holds one array per replica of the same feature at the same times, NaN where
 * nothing was observed. The spread is the larger of the moment's and the window's usual one, so that a group which moves
 * together is not called scattered for one calm row. @throws RangeError for a sensitivity outside (0, 1).
 */
export function judgePeers(
  replicas: readonly Float64Array[],
  sensitivity = 0.5,
): readonly PeerJudgement[] {
  if (!(sensitivity > 0 && sensitivity < 1))
    throw new RangeError(`a sensitivity of ${sensitivity}: expected a number in (0, 1)`);
  const edge = EDGE_DEVIATIONS * 2 ** (2 * (0.5 - sensitivity));
  const rows = Math.max(0, ...replicas.map((replica) => replica.length));
  const usualSpread = median(
    Array.from({ length: rows }, (_, row) => spreadOf(replicas.map((replica) => replica[row]!))),
  );
  return replicas.map((replica, index) => {
    const others = replicas.filter((_, other) => other !== index);
    const bands = Array.from({ length: Math.min(WINDOW_ROWS, rows) }, (_, back) =>
      bandOf(others, rows - 1 - back, { edge, usualSpread }),
    );
    const scores = bands.map((band, back) => scoreOf(replica[rows - 1 - back]!, band));
    const { centre, half } = bands[0] ?? { centre: Number.NaN, half: Number.NaN };
    return { score: median(scores), expected: centre, lower: centre - half, upper: centre + half };
  });
}

interface Band {
  readonly centre: number;
  readonly half: number;
}

/** What the others allow at one row. */
function bandOf(
  others: readonly Float64Array[],
  row: number,
  { edge, usualSpread }: { readonly edge: number; readonly usualSpread: number },
): Band {
  const values = others.map((other) => other[row]!).filter((value) => Number.isFinite(value));
  if (values.length < MIN_PEERS - 1) return { centre: Number.NaN, half: Number.NaN };
  const centre = median(values);
  const least = MIN_LEVEL_SHARE * Math.abs(centre);
  const spread = Math.max(spreadOf(values), Number.isNaN(usualSpread) ? 0 : usualSpread, least);
  return { centre, half: edge * spread };
}

function spreadOf(values: readonly number[]): number {
  const finite = values.filter((value) => Number.isFinite(value));
  return MAD_TO_STANDARD_DEVIATION * medianAbsoluteDeviation(finite);
}

function scoreOf(value: number, { centre, half }: Band): number {
  if (Number.isNaN(value) || Number.isNaN(centre)) return Number.NaN;
  const distance = Math.abs(value - centre);
  return distance === 0 ? 0 : Math.min(MAX_SCORE, distance / half);
}
