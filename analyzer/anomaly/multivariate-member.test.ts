import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUniform } from '../math/uniform.ts';
import { addGradient, forward, layerSizes, startWeights } from './autoencoder-network.ts';
import { mahalanobis } from './mahalanobis.ts';
import { fitBaseline } from './multivariate-baseline.ts';
import { deviation } from './multivariate-deviation.ts';
import { framesOf } from './multivariate-frames.ts';
import { generateHost } from './multivariate-generated.ts';
import { multivariateMembers } from './multivariate-list.ts';
import { holdsMemberContract } from './multivariate-member.contract.ts';
import { historyOf } from './multivariate-training.ts';
import { pca } from './pca.ts';

for (const member of multivariateMembers) holdsMemberContract(member);

test('names are unique', () => {
  const names = multivariateMembers.map(({ name }) => name);
  assert.deepEqual([...new Set(names)], names);
});

test('a broken correlation within each series’ own band is seen by the joint members alone', () => {
  const { rows, times } = historyOf(generateHost(1500, 1));
  const baseline = fitBaseline(rows, times);
  const frames = framesOf(baseline, rows, times);
  // Two series that move together, here one up and one down by a usual deviation each.
  const now = Float64Array.of(1, -1, 0, 0, 0, 0);
  const recent = new Float64Array(24);
  recent.set(now, 18);
  const frame = { now, recent, smooth: now };
  const share = (member: typeof pca) => {
    const parameters = member.fit(frames, 1)!;
    const score = member.score(parameters, frame);
    return frames.filter((other) => member.score(parameters, other) < score).length / 1500;
  };
  assert.ok(share(deviation) < 0.9);
  assert.ok(share(pca) > 0.999);
  assert.ok(share(mahalanobis) > 0.999);
});

test('the gradient of the network is that of finite differences', () => {
  const uniform = createUniform(3);
  const sizes = layerSizes(4);
  const weights = startWeights(sizes, uniform);
  const input = Float64Array.of(0.3, -0.8, 0.5, 0.1);
  const loss = (changed: Float64Array) => {
    const output = forward({ sizes, weights: changed }, input).at(-1)!;
    return output.reduce((sum, value, i) => sum + (value - input[i]!) ** 2 / 2, 0);
  };
  const gradient = new Float64Array(weights.length);
  addGradient({ sizes, weights }, input, gradient);
  for (let i = 0; i < weights.length; i++) {
    const up = weights.slice();
    const down = weights.slice();
    up[i]! += 1e-5;
    down[i]! -= 1e-5;
    const slope = (loss(up) - loss(down)) / 2e-5;
    assert.ok(Math.abs(slope - gradient[i]!) < 1e-7, `weight ${i}: ${gradient[i]} is not ${slope}`);
  }
});
