// A trend with bends and waves of the day and the week: Prophet of the augurs library, with an optimiser of our own.
import { type Augurs, release } from './augurs.ts';
import type { FourierSeasons } from './fourier.ts';
import type { Model, Path } from './model.ts';
import { plausible } from './plausible.ts';
import { prophetOptimizer } from './prophet-optimizer.ts';

const MIN_POINTS = 24;
const DAY_SECONDS = 86_400;
/** Prophet's own defaults for the waves of a day and of a week. */
const DAY_WAVES = 4;
const WEEK_WAVES = 3;
/** Prophet's days begin at the epoch; any multiple of a week is as good. */
const START_SECONDS = 1_699_488_000;
const OFF = { type: 'manual', enabled: false } as const;

/**
 * Taylor & Letham (2018). The seasons are those given: the short one is told to Prophet as a day, the long one as a
 * week where it is seven times as long. Slow for what it is: some 5 to 20 ms.
 */
export function prophet(augurs: Augurs, seasons?: FourierSeasons): Model {
  const { short = 0, long } = seasons ?? {};
  const isWeek = long !== undefined && long === 7 * short;
  return {
    name: short === 0 ? 'prophet' : `prophet(${isWeek ? `${short},${long}` : short})`,
    family: 'prophet',
    isTrended: true,
    fit(values) {
      if (values.length < Math.max(MIN_POINTS, 2 * short)) return undefined;
      if (values.every((value) => value === values[0])) return undefined;
      const knowsWeek = isWeek && values.length >= 2 * long;
      return { predict: (steps) => predict(augurs, { values, short, knowsWeek }, steps) };
    },
  };
}

interface Task {
  readonly values: Float64Array;
  /** 0 for none. */
  readonly short: number;
  readonly knowsWeek: boolean;
}

function predict(
  { Prophet }: Augurs,
  { values, short, knowsWeek }: Task,
  steps: number,
): Path | undefined {
  const model = new Prophet({
    optimizer: prophetOptimizer,
    // Simulated intervals are not used: a path without them is fifty times cheaper.
    uncertaintySamples: 0,
    yearlySeasonality: OFF,
    weeklySeasonality: knowsWeek ? { type: 'fourier', order: WEEK_WAVES } : OFF,
    dailySeasonality: short === 0 ? OFF : { type: 'fourier', order: wavesOf(short) },
  });
  const stepSeconds = DAY_SECONDS / (short || values.length);
  const at = (index: number) => START_SECONDS + Math.round(index * stepSeconds);
  try {
    model.fit({ ds: Array.from(values, (_, i) => at(i)), y: values });
    const ds = Array.from({ length: values.length + steps }, (_, i) => at(i));
    const curve = Float64Array.from(model.predict({ ds }).yhat.point);
    return plausible(split(curve, values), values, steps);
  } catch {
    // A history that the library refuses, or a trap inside its module: the next candidate may do.
    return undefined;
  } finally {
    release(model);
  }
}

/** A wave needs more than two steps. */
function wavesOf(short: number): number {
  return Math.max(1, Math.min(DAY_WAVES, Math.ceil(short / 2) - 1));
}

/** What the curve says of the history tells how wrong it is, what it says beyond is the path. */
function split(curve: Float64Array, values: Float64Array): Path {
  const squares = values.reduce((sum, value, i) => sum + (value - curve[i]!) ** 2, 0);
  const spread = Math.sqrt(squares / values.length);
  const centre = curve.slice(values.length);
  // The trend may bend again: its doubt grows with the distance, as far as the history is long.
  const error = centre.map((_, i) => spread * Math.sqrt(1 + (i + 1) / values.length));
  return { centre, error };
}
