import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  emptyLstmState,
  type LstmTrace,
  lstmBackward,
  lstmParameters,
  lstmSize,
  lstmStep,
} from './lstm-network.ts';

const SHAPE = { inputs: 2, hidden: 3 };
const INPUTS = [0.3, -1, 0.8, 0.1].map((value, t) => Float64Array.of(value, t / 4));
const TARGETS = [0.5, -0.2, 0.4, 1];

/** Not random, but without any symmetry. */
function scattered(): () => number {
  let state = 0.37;
  return () => {
    state = (state * 997.13) % 1;
    return state;
  };
}

function run(parameters: Float64Array): { traces: LstmTrace[]; loss: number } {
  const traces: LstmTrace[] = [];
  let state = emptyLstmState(SHAPE);
  let loss = 0;
  for (const [t, input] of INPUTS.entries()) {
    const trace = lstmStep(SHAPE, parameters, { input, state });
    traces.push(trace);
    state = trace.after;
    loss += 0.5 * (trace.output - TARGETS[t]!) ** 2;
  }
  return { traces, loss };
}

/** The output's weights begin at 0, which would hide every other gradient. */
function lively(): Float64Array {
  const uniform = scattered();
  return lstmParameters(SHAPE, uniform).map((value) => value || uniform() - 0.5);
}

test('the gradient is that of finite differences, for every parameter', () => {
  const parameters = lively();
  const { traces } = run(parameters);
  const slopes = Float64Array.from(traces, ({ output }, t) => output - TARGETS[t]!);
  const gradient = new Float64Array(lstmSize(SHAPE));
  lstmBackward(SHAPE, parameters, { traces, slopes, gradient });
  for (let i = 0; i < parameters.length; i++) {
    const [up, down] = [1e-5, -1e-5].map((change) => {
      const moved = parameters.slice();
      moved[i]! += change;
      return run(moved).loss;
    });
    const numeric = (up! - down!) / 2e-5;
    assert.ok(Math.abs(numeric - gradient[i]!) < 1e-7, `${i}: ${numeric} ${gradient[i]}`);
  }
});

test('an untrained network says 0, and the size counts every parameter', () => {
  const parameters = lstmParameters(SHAPE, scattered());
  assert.equal(parameters.length, 4 * 3 * (2 + 3 + 1) + 3 + 1);
  assert.ok(run(parameters).traces.every(({ output }) => output === 0));
});

test('huge inputs saturate the gates and stay finite', () => {
  const trace = lstmStep(SHAPE, lively(), {
    input: Float64Array.of(1e308, -1e308),
    state: emptyLstmState(SHAPE),
  });
  assert.ok([...trace.gates, trace.output].every(Number.isFinite));
});
