// Steps down a noisy gradient, each parameter at its own pace.

const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const EPSILON = 1e-8;

/**
 * Adam (Kingma & Ba 2015) with their defaults, the gradient cut to a norm of `maxNorm` before (Pascanu et al. 2013).
 * Answers a function that changes `parameters` in place by one step; it keeps the moments of one training run.
 */
export function createAdam(
  size: number,
  { rate = 1e-3, maxNorm = 1 }: { readonly rate?: number; readonly maxNorm?: number } = {},
): (parameters: Float64Array, gradient: Float64Array) => void {
  const first = new Float64Array(size);
  const second = new Float64Array(size);
  let steps = 0;
  return (parameters, gradient) => {
    steps += 1;
    const norm = Math.hypot(...gradient);
    const cut = norm > maxNorm ? maxNorm / norm : 1;
    const pace = (rate * Math.sqrt(1 - SECOND_DECAY ** steps)) / (1 - FIRST_DECAY ** steps);
    for (let i = 0; i < size; i++) {
      const slope = gradient[i]! * cut;
      first[i] = FIRST_DECAY * first[i]! + (1 - FIRST_DECAY) * slope;
      second[i] = SECOND_DECAY * second[i]! + (1 - SECOND_DECAY) * slope * slope;
      parameters[i]! -= (pace * first[i]!) / (Math.sqrt(second[i]!) + EPSILON);
    }
  };
}
