// Series with a known truth, the same on every run: what tests and benchmarks forecast.
import { createUniform } from '../math/uniform.ts';
import type { Series } from '../series/series.ts';

export { createUniform };

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
