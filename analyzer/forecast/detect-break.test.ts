import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectBreak } from './detect-break.ts';
import { autoregressive } from './generated-series.ts';

const noise = autoregressive(720, 0.5, 3);
const day = (i: number) => 3 * Math.sin((2 * Math.PI * i) / 24);

test('a new level is found where it began, under waves and spikes', () => {
  const values = noise.map((value, i) => value + day(i) + (i >= 400 ? 20 : 0) + (i % 97 ? 0 : 50));
  assert.ok(Math.abs(detectBreak(values, 24) - 400) <= 24);
  assert.ok(Math.abs(detectBreak(values) - 400) <= 30);
});

test('of two breaks the latest counts', () => {
  const values = noise.map((value, i) => value + (i >= 250 ? 30 : 0) + (i >= 480 ? -60 : 0));
  assert.ok(Math.abs(detectBreak(values, 24) - 480) <= 24);
});

test('ramps, waves, walks and a change too recent to know are no breaks', () => {
  assert.equal(
    detectBreak(
      noise.map((value, i) => value + i / 2),
      24,
    ),
    0,
  );
  assert.equal(
    detectBreak(
      noise.map((value, i) => value + 9 * day(i)),
      24,
    ),
    0,
  );
  assert.equal(
    detectBreak(
      noise.map((value, i) => value + (i > 650 ? 20 : 0)),
      24,
    ),
    0,
  );
  const walks = Array.from({ length: 50 }, (_, seed) => detectBreak(autoregressive(720, 1, seed)));
  assert.ok(walks.filter((from) => from > 0).length <= 2, walks.join(' '));
});

test('hopeless input has none', () => {
  for (const values of [[], [1], Array(99).fill(5), Array(99).fill(Number.NaN)])
    assert.equal(detectBreak(Float64Array.from(values)), 0);
  assert.equal(detectBreak(noise, 10_000), 0);
});
