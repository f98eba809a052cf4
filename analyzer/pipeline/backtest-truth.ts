// What came: the series as they were read after each origin, joined on one grid.
import { labelsKey, withoutLabels } from '../series/labels.ts';
import { endOf, type Series } from '../series/series.ts';

/** Values of one series: more than any sensible range at any sensible step. */
const MAX_POINTS = 1_000_000;

export interface Truth {
  add(series: readonly Series[]): void;
  /** By the labels' key without `__name__`; gaps, and what was never read, are NaN. */
  series(key: string, step: number): Series | undefined;
  /** Steps from the first value that is there to a moment. */
  knownPoints(key: string, step: number, until: number): number;
  /** Points of the longest series of that step. */
  longest(step: number): number;
}

/** Later readings win: what was still incomplete is then complete. */
export function createTruth(): Truth {
  /** One for each step, joined as soon as it is read: the readings of many moments overlap. */
  const known = new Map<string, Series[]>();
  const get = (key: string, step: number) =>
    known.get(key)?.find((one) => sameStep(one.step, step));
  return {
    add(series) {
      for (const one of series) {
        const key = labelsKey(withoutLabels(one.labels));
        const before = known.get(key) ?? [];
        const same = before.filter(({ step }) => sameStep(step, one.step));
        const others = before.filter((other) => !same.includes(other));
        // Joined into values of its own: a reader may reuse its buffer.
        known.set(key, [...others, join([...same, one])]);
      }
    },
    series: get,
    knownPoints(key, step, until) {
      const series = get(key, step);
      if (series === undefined) return 0;
      return Math.max(0, Math.round((until - series.start) / series.step) + 1);
    },
    longest: (step) =>
      [...known.keys()].reduce(
        (most, key) => Math.max(most, get(key, step)?.values.length ?? 0),
        0,
      ),
  };
}

function join(parts: readonly Series[]): Series {
  const first = parts[0]!;
  const start = parts.reduce((least, one) => Math.min(least, one.start), first.start);
  const end = parts.reduce((most, one) => Math.max(most, endOf(one)), endOf(first));
  const points = Math.min(MAX_POINTS, Math.round((end - start) / first.step) + 1);
  const values = new Float64Array(points).fill(Number.NaN);
  for (const one of parts) {
    const offset = Math.round((one.start - start) / first.step);
    for (const [index, value] of one.values.entries())
      if (!Number.isNaN(value) && offset + index < points) values[offset + index] = value;
  }
  return { ...first, start, values };
}

function sameStep(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-6 * b;
}
