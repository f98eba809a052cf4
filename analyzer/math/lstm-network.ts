// A long short-term memory with one layer and one output on flat arrays: forward in time and its exact gradient.

/** Input, forget, candidate and output gate. */
const GATES = 4;
/** What is remembered stays remembered until learnt otherwise (Jozefowicz et al. 2015). */
const FORGET_BIAS = 1;

export interface LstmShape {
  readonly inputs: number;
  readonly hidden: number;
}

export interface LstmState {
  readonly hidden: Float64Array;
  readonly cell: Float64Array;
}

/** What one step computed, kept for the way back. */
export interface LstmTrace {
  readonly input: Float64Array;
  readonly before: LstmState;
  /** After their squashing, four times `hidden` values. */
  readonly gates: Float64Array;
  readonly after: LstmState;
  readonly output: number;
}

/** The number of parameters: per gate a row of input, hidden and bias weights for each hidden unit, then the output's. */
export function lstmSize({ inputs, hidden }: LstmShape): number {
  return GATES * hidden * (inputs + hidden + 1) + hidden + 1;
}

/** Small weights from `uniform`, which answers numbers in (0, 1); the output begins at 0. */
export function lstmParameters(shape: LstmShape, uniform: () => number): Float64Array {
  const { inputs, hidden } = shape;
  const width = inputs + hidden + 1;
  const parameters = new Float64Array(lstmSize(shape));
  const bound = 1 / Math.sqrt(hidden);
  for (let i = 0; i < GATES * hidden * width; i++) parameters[i] = bound * (2 * uniform() - 1);
  for (let unit = 0; unit < hidden; unit++)
    parameters[(hidden + unit) * width + width - 1] = FORGET_BIAS;
  return parameters;
}

export function emptyLstmState({ hidden }: LstmShape): LstmState {
  return { hidden: new Float64Array(hidden), cell: new Float64Array(hidden) };
}

/** One step of Hochreiter & Schmidhuber (1997) with the forget gate of Gers et al. (2000). O(hidden · (inputs + hidden)). */
export function lstmStep(
  { inputs, hidden }: LstmShape,
  parameters: Float64Array,
  { input, state }: { readonly input: Float64Array; readonly state: LstmState },
): LstmTrace {
  const width = inputs + hidden + 1;
  const gates = new Float64Array(GATES * hidden);
  for (let row = 0; row < GATES * hidden; row++) {
    const offset = row * width;
    let sum = parameters[offset + width - 1]!;
    for (let i = 0; i < inputs; i++) sum += parameters[offset + i]! * input[i]!;
    for (let i = 0; i < hidden; i++) sum += parameters[offset + inputs + i]! * state.hidden[i]!;
    gates[row] = isCandidate(row, hidden) ? Math.tanh(sum) : 1 / (1 + Math.exp(-sum));
  }
  const cell = new Float64Array(hidden);
  const memory = new Float64Array(hidden);
  const offset = GATES * hidden * width;
  let output = parameters[offset + hidden]!;
  for (let unit = 0; unit < hidden; unit++) {
    const [write, keep, candidate, read] = gatesOf(gates, unit, hidden);
    cell[unit] = keep * state.cell[unit]! + write * candidate;
    memory[unit] = read * Math.tanh(cell[unit]!);
    output += parameters[offset + unit]! * memory[unit]!;
  }
  return { input, before: state, gates, after: { hidden: memory, cell }, output };
}

/**
 * Back-propagation through time (Werbos 1990): adds the gradient of the loss to `gradient`, given the loss's slope
 * at every output. `traces` are consecutive steps, oldest first; what came before the first is taken as given.
 */
export function lstmBackward(
  { inputs, hidden }: LstmShape,
  parameters: Float64Array,
  pass: {
    readonly traces: readonly LstmTrace[];
    readonly slopes: Float64Array;
    readonly gradient: Float64Array;
  },
): void {
  const { traces, slopes, gradient } = pass;
  const width = inputs + hidden + 1;
  let towardsHidden = new Float64Array(hidden);
  const towardsCell = new Float64Array(hidden);
  for (let t = traces.length - 1; t >= 0; t--) {
    const trace = traces[t]!;
    outputBackward(trace, slopes[t]!, { parameters, gradient, towardsHidden });
    const sums = gateSlopes(trace, towardsHidden, towardsCell);
    const next = new Float64Array(hidden);
    for (let row = 0; row < GATES * hidden; row++) {
      const offset = row * width;
      const slope = sums[row]!;
      for (let i = 0; i < inputs; i++) gradient[offset + i]! += slope * trace.input[i]!;
      for (let i = 0; i < hidden; i++) {
        gradient[offset + inputs + i]! += slope * trace.before.hidden[i]!;
        next[i]! += slope * parameters[offset + inputs + i]!;
      }
      gradient[offset + width - 1]! += slope;
    }
    towardsHidden = next;
  }
}

/** The output's own weights, the last of the parameters, and what they pass on to the hidden units. */
function outputBackward(
  { after }: LstmTrace,
  slope: number,
  arrays: {
    readonly parameters: Float64Array;
    readonly gradient: Float64Array;
    readonly towardsHidden: Float64Array;
  },
): void {
  const { parameters, gradient, towardsHidden } = arrays;
  const hidden = towardsHidden.length;
  const offset = parameters.length - hidden - 1;
  for (let unit = 0; unit < hidden; unit++) {
    gradient[offset + unit]! += slope * after.hidden[unit]!;
    towardsHidden[unit]! += slope * parameters[offset + unit]!;
  }
  gradient[offset + hidden]! += slope;
}

/** The slope at every gate before its squashing; `towardsCell` moves one step back in time. */
function gateSlopes(
  { before, gates, after }: LstmTrace,
  towardsHidden: Float64Array,
  towardsCell: Float64Array,
): Float64Array {
  const hidden = towardsHidden.length;
  const sums = new Float64Array(GATES * hidden);
  for (let unit = 0; unit < hidden; unit++) {
    const [write, keep, candidate, read] = gatesOf(gates, unit, hidden);
    const shown = Math.tanh(after.cell[unit]!);
    const cell = towardsCell[unit]! + towardsHidden[unit]! * read * (1 - shown * shown);
    sums[unit] = cell * candidate * write * (1 - write);
    sums[hidden + unit] = cell * before.cell[unit]! * keep * (1 - keep);
    sums[2 * hidden + unit] = cell * write * (1 - candidate * candidate);
    sums[3 * hidden + unit] = towardsHidden[unit]! * shown * read * (1 - read);
    towardsCell[unit] = cell * keep;
  }
  return sums;
}

function isCandidate(row: number, hidden: number): boolean {
  return row >= 2 * hidden && row < 3 * hidden;
}

function gatesOf(gates: Float64Array, unit: number, hidden: number) {
  return [
    gates[unit]!,
    gates[hidden + unit]!,
    gates[2 * hidden + unit]!,
    gates[3 * hidden + unit]!,
  ] as const;
}
