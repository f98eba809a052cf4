// The smallest value of a function of a few numbers, found without derivatives.

const REFLECTION = 1;
const EXPANSION = 2;
const CONTRACTION = 0.5;
const SHRINKAGE = 0.5;
const DEFAULT_MAX_EVALUATIONS = 200;
/** The search ends when the corners of the simplex agree to this share. */
const TOLERANCE = 1e-7;

export interface NelderMeadOptions {
  /** Size of the first simplex along each axis. */
  readonly step?: number;
  readonly maxEvaluations?: number;
}

interface Corner {
  readonly point: readonly number[];
  readonly value: number;
}

/**
 * The downhill simplex of Nelder & Mead (1965) with their own coefficients. A value that is not a number
 * counts as infinite, so that `objective` may refuse a point. Finds a local minimum; answers the best point
 * seen, also when the evaluations run out. O(evaluations · (dimensions + cost of `objective`)).
 */
export function nelderMead(
  objective: (point: readonly number[]) => number,
  start: readonly number[],
  { step = 0.5, maxEvaluations = DEFAULT_MAX_EVALUATIONS }: NelderMeadOptions = {},
): { readonly point: readonly number[]; readonly value: number } {
  let evaluations = 0;
  const at = (point: readonly number[]): Corner => {
    evaluations += 1;
    const value = objective(point);
    return { point, value: Number.isNaN(value) ? Infinity : value };
  };
  let simplex = [at(start), ...start.map((_, axis) => at(moved(start, axis, step)))].sort(byValue);
  while (evaluations < maxEvaluations && !agrees(simplex)) {
    const next = replaceWorst(simplex, at);
    const best = simplex[0]!;
    simplex = next
      ? [...simplex.slice(0, -1), next]
      : simplex.map((corner) =>
          corner === best ? best : at(between(best.point, corner.point, SHRINKAGE)),
        );
    simplex.sort(byValue);
  }
  return simplex[0]!;
}

/** What the worst corner becomes; undefined when nothing on its way across is better: the simplex shrinks. */
function replaceWorst(
  simplex: readonly Corner[],
  at: (point: readonly number[]) => Corner,
): Corner | undefined {
  const worst = simplex.at(-1)!;
  const others = simplex.slice(0, -1);
  const centre = worst.point.map(
    (_, axis) => others.reduce((sum, { point }) => sum + point[axis]!, 0) / others.length,
  );
  const reflected = at(between(centre, worst.point, -REFLECTION));
  if (reflected.value < simplex[0]!.value) {
    const expanded = at(between(centre, worst.point, -EXPANSION));
    return expanded.value < reflected.value ? expanded : reflected;
  }
  if (reflected.value < others.at(-1)!.value) return reflected;
  const target = reflected.value < worst.value ? reflected : worst;
  const contracted = at(between(centre, target.point, CONTRACTION));
  return contracted.value < target.value ? contracted : undefined;
}

function agrees(simplex: readonly Corner[]): boolean {
  const [low, high] = [simplex[0]!.value, simplex.at(-1)!.value];
  return high - low <= TOLERANCE * (Math.abs(low) + Number.MIN_VALUE);
}

/** `from` for a share of 0, `to` for 1, beyond for more, the other way for less. */
function between(from: readonly number[], to: readonly number[], share: number): number[] {
  return from.map((value, axis) => value + share * (to[axis]! - value));
}

function moved(point: readonly number[], axis: number, step: number): number[] {
  return point.map((value, index) => (index === axis ? value + step : value));
}

function byValue(a: Corner, b: Corner): number {
  return a.value === b.value ? 0 : a.value - b.value;
}
