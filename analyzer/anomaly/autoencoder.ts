// Autoencoder: a small dense network learns to squeeze a usual moment through few numbers; what it cannot restore is unusual.
import { createUniform } from '../math/uniform.ts';
import { forward, layerSizes, startWeights, trainNetwork } from './autoencoder-network.ts';
import { type Frame, type Member, type Parameters, sampleFrames } from './multivariate-member.ts';

const MAX_FRAMES = 2000;
/** Deviations are squashed to ±1 at about this many, so that one far value does not rule the training. */
const SQUASH = 3;

export const autoencoder: Member = {
  name: 'autoencoder',
  fit(frames, seed) {
    const columns = frames[0]?.now.length ?? 0;
    if (columns < 2 || frames.length < 2) return undefined;
    const rows = sampleFrames(frames, MAX_FRAMES).map(squash);
    const random = createUniform(seed);
    const sizes = layerSizes(columns);
    const weights = startWeights(sizes, random);
    trainNetwork({ sizes, weights }, rows, random);
    return { sizes: Float64Array.from(sizes), weights };
  },
  score: (parameters, frame) =>
    errors(parameters, frame).reduce((sum, value) => sum + value, 0) / frame.now.length,
  contributions: errors,
};

/** Squared, of each series, in deviations: the input is compared unsquashed so that far stays far. */
function errors(parameters: Parameters, frame: Frame): Float64Array {
  const network = { sizes: [...parameters.sizes!], weights: parameters.weights! };
  const restored = forward(network, squash(frame)).at(-1)!;
  return frame.now.map((value, i) => (value - unsquash(restored[i]!)) ** 2);
}

function squash({ now }: Frame): Float64Array {
  return now.map((value) => Math.asinh(value) / SQUASH);
}

function unsquash(value: number): number {
  return Math.sinh(Math.max(-2, Math.min(2, value)) * SQUASH);
}
