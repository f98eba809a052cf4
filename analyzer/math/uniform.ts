// Numbers that look like chance and are the same on every run: the seed comes in as an argument.

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
