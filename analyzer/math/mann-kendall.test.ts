// References: pymannkendall 1.4.3 `original_test` and `hamed_rao_modification_test`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mannKendall } from './mann-kendall.ts';

const WITH_TIES = [1, 3, 2, 5, 4, 4, 7, 9, 30, 8];

interface Case {
  readonly name: string;
  readonly values: readonly number[];
  readonly independent: boolean;
  readonly want: { readonly tau: number; readonly z: number; readonly p: number };
}

const AUTOREGRESSIVE = generated({ length: 100, memory: 0.7, trend: 0.01 });
const WALK = generated({ length: 150, memory: 1, trend: 0 });
const INDEPENDENT = generated({ length: 60, memory: 0, trend: 0.005 });

const cases: readonly Case[] = [
  {
    name: 'ties',
    values: WITH_TIES,
    independent: true,
    want: { tau: 0.7555555555555555, z: 2.963487483441786, p: 0.0030417443199008964 },
  },
  {
    name: 'ties, corrected',
    values: WITH_TIES,
    independent: false,
    want: { tau: 0.7555555555555555, z: 2.963487483441786, p: 0.0030417443199008964 },
  },
  {
    name: 'autoregressive, uncorrected',
    values: AUTOREGRESSIVE,
    independent: true,
    want: { tau: 0.4412121212121212, z: 6.501228947441476, p: 7.966649562263228e-11 },
  },
  {
    name: 'autoregressive, corrected',
    values: AUTOREGRESSIVE,
    independent: false,
    want: { tau: 0.4412121212121212, z: 4.40920443903195, p: 1.0375104873894259e-5 },
  },
  {
    name: 'random walk, uncorrected',
    values: WALK,
    independent: true,
    want: { tau: 0.43284116331096195, z: 7.858395119775429, p: 3.9968028886505635e-15 },
  },
  {
    name: 'random walk, corrected',
    values: WALK,
    independent: false,
    want: { tau: 0.43284116331096195, z: 2.4848366458570235, p: 0.012961089469045506 },
  },
  {
    name: 'independent noise, corrected',
    values: INDEPENDENT,
    independent: false,
    want: { tau: 0.04745762711864407, z: 0.529368027438923, p: 0.5965501731255172 },
  },
];

for (const { name, values, independent, want } of cases)
  test(`equals the reference: ${name}`, () => {
    const actual = mannKendall(values, independent);
    assert.ok(Math.abs(actual.tau - want.tau) < 1e-12, `tau ${actual.tau}`);
    assert.ok(Math.abs(actual.z - want.z) < 1e-9, `z ${actual.z}`);
    assert.ok(Math.abs(actual.p - want.p) < 1e-6 * want.p + 1e-15, `p ${actual.p}`);
  });

test('a falling series has the mirrored z', () => {
  const falling = mannKendall(WITH_TIES.map((value) => -value));
  assert.ok(Math.abs(falling.z + 2.963487483441786) < 1e-9);
});

test('no trend can be told from a constant, from too little, from nothing', () => {
  for (const values of [[], [1], [1, 2], [3, 3, 3, 3, 3], Array(50).fill(Number.NaN)])
    assert.deepEqual({ z: mannKendall(values).z, p: mannKendall(values).p }, { z: 0, p: 1 });
});

test('NaN is left out and a long series is thinned', () => {
  const gappy = WITH_TIES.flatMap((value) => [value, Number.NaN]);
  assert.equal(mannKendall(gappy, true).z, mannKendall(WITH_TIES, true).z);
  const long = mannKendall(Float64Array.from({ length: 20_000 }, (_, i) => i));
  assert.equal(long.tau, 1);
  assert.ok(long.p < 1e-10);
});

/** The generator is in the reference script too: s = 1664525 s + 1013904223 mod 2³², from 7. */
function generated(options: { length: number; memory: number; trend: number }): number[] {
  let seed = 7;
  let state = 0;
  return Array.from({ length: options.length }, (_, index) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    state = options.memory * state + (seed + 0.5) / 2 ** 32 - 0.5;
    return state + options.trend * index;
  });
}
