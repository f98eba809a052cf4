// A dense network on flat arrays: forward, backward and Adam; small enough to train between two scrapes.
import { createAdam } from '../math/adam.ts';

const EPOCHS = 30;
const BATCH = 32;
/** A step for networks this small. */
const RATE = 0.003;

export interface Network {
  /** Units per layer, the input first. */
  readonly sizes: readonly number[];
  /** Of each layer: its weights, one row per unit, then its biases. Changed in place by training. */
  readonly weights: Float64Array;
}

/** Input, half, a sixth in the middle, half, output. */
export function layerSizes(columns: number): number[] {
  const half = Math.max(2, Math.ceil(columns / 2));
  const narrow = Math.max(1, Math.ceil(columns / 6));
  return [columns, half, narrow, half, columns];
}

/** Uniform with variance 2 / (in + out) (Glorot & Bengio 2010); biases 0. */
export function startWeights(sizes: readonly number[], random: () => number): Float64Array {
  const weights = new Float64Array(sizes.reduce((sum, out, i) => sum + size(sizes[i - 1], out), 0));
  let offset = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const inputs = sizes[layer - 1]!;
    const outputs = sizes[layer]!;
    const reach = Math.sqrt(6 / (inputs + outputs));
    for (let i = 0; i < inputs * outputs; i++) weights[offset + i] = (2 * random() - 1) * reach;
    offset += size(inputs, outputs);
  }
  return weights;
}

function size(inputs: number | undefined, outputs: number): number {
  return inputs === undefined ? 0 : (inputs + 1) * outputs;
}

/** The activations of every layer, the input first: tanh inside, linear at the end. */
export function forward({ sizes, weights }: Network, input: Float64Array): Float64Array[] {
  const layers = [input];
  let offset = 0;
  for (let layer = 1; layer < sizes.length; layer++) {
    const inputs = sizes[layer - 1]!;
    const outputs = sizes[layer]!;
    const last = layers[layer - 1]!;
    const next = new Float64Array(outputs);
    for (let o = 0; o < outputs; o++) {
      let sum = weights[offset + inputs * outputs + o]!;
      for (let i = 0; i < inputs; i++) sum += weights[offset + o * inputs + i]! * last[i]!;
      next[o] = layer === sizes.length - 1 ? sum : Math.tanh(sum);
    }
    layers.push(next);
    offset += size(inputs, outputs);
  }
  return layers;
}

/** Adds the gradient of half the squared error of restoring the input. */
export function addGradient(
  { sizes, weights }: Network,
  input: Float64Array,
  gradient: Float64Array,
): void {
  const layers = forward({ sizes, weights }, input);
  let slope = layers.at(-1)!.map((value, i) => value - input[i]!);
  let offset = weights.length;
  for (let layer = sizes.length - 1; layer > 0; layer--) {
    const inputs = sizes[layer - 1]!;
    const outputs = sizes[layer]!;
    offset -= size(inputs, outputs);
    const below = layers[layer - 1]!;
    const next = new Float64Array(inputs);
    for (let o = 0; o < outputs; o++) {
      const at = offset + o * inputs;
      gradient[offset + inputs * outputs + o]! += slope[o]!;
      for (let i = 0; i < inputs; i++) {
        gradient[at + i]! += slope[o]! * below[i]!;
        next[i]! += slope[o]! * weights[at + i]!;
      }
    }
    // The derivative of tanh from its value; the input has none and is not asked for one.
    slope = next.map((value, i) => value * (1 - below[i]! ** 2));
  }
}

/** Trains the weights in place on shuffled batches. */
export function trainNetwork(
  network: Network,
  rows: readonly Float64Array[],
  random: () => number,
): void {
  const { weights } = network;
  const step = createAdam(weights.length, { rate: RATE });
  const order = rows.map((_, i) => i);
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(order, random);
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.slice(from, from + BATCH);
      const gradient = new Float64Array(weights.length);
      for (const index of batch) addGradient(network, rows[index]!, gradient);
      step(
        weights,
        gradient.map((value) => value / batch.length),
      );
    }
  }
}

/** Fisher and Yates. */
function shuffle(order: number[], random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
}
