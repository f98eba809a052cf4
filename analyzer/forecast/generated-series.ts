// Series with a known truth, the same on every run: what tests and benchmarks forecast.
import type { Series } from '../series/series.ts';

/** Uniform numbers in (0, 1): the linear congruential generator of Numerical Recipes. */
export function createUniform(seed: number): () => number {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  // Neighbouring seeds start with neighbouring numbers: skip those.
  for (let skipped = 0; skipped < 8; skipped++) next();
  return next;
}

/** Standard normal numbers by Box & Muller. */
export function createNormal(seed: number): () => number {
  const uniform = createUniform(seed);
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** `x[t] = memory · x[t − 1] + noise`: 0 is white noise, 1 a random walk. */
export function autoregressive(length: number, memory: number, seed: number): Float64Array {
  const normal = createNormal(seed);
  let value = 0;
  return Float64Array.from({ length }, () => {
    value = memory * value + normal();
    return value;
  });
}

export function seriesOf(values: ArrayLike<number>, step = 10): Series {
  return { labels: {}, start: 1_700_000_000, step, values: Float64Array.from(values) };
}
