// A small recurrent network trained on the one history it forecasts: for shapes that no formula of this folder has.
import { createAdam } from '../math/adam.ts';
import {
  emptyLstmState,
  type LstmShape,
  type LstmTrace,
  lstmBackward,
  lstmParameters,
  lstmSize,
  lstmStep,
} from '../math/lstm-network.ts';
import { mean, standardDeviation } from '../math/moments.ts';
import { createUniform } from '../math/uniform.ts';
import type { Model } from './model.ts';
import { plausible } from './plausible.ts';

/** More units learn a single history by heart. */
const HIDDEN = 8;
/** Steps that the gradient reaches back. */
const WINDOW_STEPS = 32;
/** Of a window, steps that only warm the memory up and are not judged. */
const WARM_UP_STEPS = 8;
const UPDATES = 150;
const WINDOWS_PER_UPDATE = 4;
const LEARNING_RATE = 0.01;
const MIN_POINTS = 3 * WINDOW_STEPS;
/** Older values are not learnt from: the cost stays bounded. */
const MAX_POINTS = 720;
/** Standard deviations beyond which a recursive path has run away and is held. */
const MAX_DEVIATIONS = 8;

export interface LstmOptions {
  /** The same seed gives the same network. */
  readonly seed: number;
  /** Steps of a season whose phase the network is told; none without. */
  readonly season?: number | undefined;
}

/**
 * The network says how much the next standardised value differs from this one: untrained it is the naive model.
 * Training: squared error, truncated back-propagation through time, Adam. Some 40 to 80 ms.
 */
export function lstm({ seed, season }: LstmOptions): Model {
  const shape: LstmShape = { inputs: season === undefined ? 1 : 3, hidden: HIDDEN };
  return {
    name: season === undefined ? 'lstm' : `lstm(${season})`,
    family: 'lstm',
    fit(all) {
      const values = all.slice(-MAX_POINTS);
      const [centre, scale] = [mean(values), standardDeviation(values)];
      if (values.length < MIN_POINTS || !(scale > 0)) return undefined;
      const x = values.map((value) => (value - centre) / scale);
      const network = { shape, inputAt: (value: number, t: number) => inputOf(value, t, season) };
      const parameters = train(x, network, createUniform(seed));
      const spread = oneStepError(x, network, parameters);
      return {
        predict(steps) {
          const path = extrapolate(x, { ...network, parameters }, steps);
          const error = path.map((_, i) => scale * Math.min(1, spread * Math.sqrt(i + 1)));
          return plausible(
            { centre: path.map((value) => centre + scale * value), error },
            values,
            steps,
          );
        },
      };
    },
  };
}

interface Network {
  readonly shape: LstmShape;
  readonly inputAt: (value: number, t: number) => Float64Array;
}

function inputOf(value: number, t: number, season: number | undefined): Float64Array {
  if (season === undefined) return Float64Array.of(value);
  const angle = (2 * Math.PI * (t % season)) / season;
  return Float64Array.of(value, Math.sin(angle), Math.cos(angle));
}

function train(x: Float64Array, network: Network, uniform: () => number): Float64Array {
  const size = lstmSize(network.shape);
  const parameters = lstmParameters(network.shape, uniform);
  const step = createAdam(size, { rate: LEARNING_RATE });
  const gradient = new Float64Array(size);
  for (let update = 0; update < UPDATES; update++) {
    gradient.fill(0);
    for (let k = 0; k < WINDOWS_PER_UPDATE; k++) {
      const from = Math.floor(uniform() * (x.length - WINDOW_STEPS));
      const traces = run(x, { ...network, parameters }, { from, to: from + WINDOW_STEPS });
      const slopes = Float64Array.from(traces, ({ output }, i) =>
        i < WARM_UP_STEPS ? 0 : (output - changeAfter(x, from + i)) / WINDOW_STEPS,
      );
      lstmBackward(network.shape, parameters, { traces, slopes, gradient });
    }
    step(parameters, gradient);
  }
  return parameters;
}

interface Trained extends Network {
  readonly parameters: Float64Array;
}

/** The traces of the steps `from ≤ t < to`, from an empty memory. */
function run(
  x: Float64Array,
  { shape, inputAt, parameters }: Trained,
  { from, to }: { from: number; to: number },
): LstmTrace[] {
  const traces: LstmTrace[] = [];
  let state = emptyLstmState(shape);
  for (let t = from; t < to; t++) {
    const trace = lstmStep(shape, parameters, { input: inputAt(x[t]!, t), state });
    traces.push(trace);
    state = trace.after;
  }
  return traces;
}

function changeAfter(x: Float64Array, t: number): number {
  return x[t + 1]! - x[t]!;
}

function oneStepError(x: Float64Array, network: Network, parameters: Float64Array): number {
  const traces = run(x, { ...network, parameters }, { from: 0, to: x.length - 1 });
  const squares = traces.map(({ output }, t) => (output - changeAfter(x, t)) ** 2);
  return Math.sqrt(mean(squares));
}

/** Step by step, each forecast becoming the next input. */
function extrapolate(x: Float64Array, network: Trained, steps: number): Float64Array {
  const { shape, inputAt, parameters } = network;
  const from = Math.max(0, x.length - 2 * WINDOW_STEPS);
  const seen = run(x, network, { from, to: x.length }).at(-1)!;
  let { after: state, output } = seen;
  let value = x.at(-1)!;
  return Float64Array.from({ length: steps }, (_, i) => {
    value = Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, value + output));
    const trace = lstmStep(shape, parameters, { input: inputAt(value, x.length + i), state });
    ({ after: state, output } = trace);
    return value;
  });
}
