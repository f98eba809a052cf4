import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUniform } from '../math/uniform.ts';
import { type Candidate, correlate, increments } from './correlate.ts';
import { type COMPARED, mainSignal, repeats } from './correlate-signals.ts';
import { RULES } from './list.ts';

const STEP = 15;
const N = 121;
const host = { job: 'j', instance: 'a' };

function noise(seed: number, n = N): Float64Array {
  const random = createUniform(seed);
  return Float64Array.from({ length: n }, () => random() - 0.5);
}
function candidate(signal: string, values: Float64Array): Candidate {
  const series = { labels: {}, start: 0, step: STEP, values };
  return { signal, subject: { ...host, group: 'batch' }, series, promql: `${signal}{}` };
}
/** Work in bursts of ten minutes or so, with noise. */
const bursts = (seed: number, delay = 0) =>
  noise(seed).map((value, i) => (Math.floor((i - delay + 200) / 9) % 3 === 0 ? 5 : 1) + value / 5);

test('what moves with the main signal is found with its lag, the strongest first', () => {
  const main = candidate('group_lock_wait_threads', bursts(1));
  const { strongest, untold } = correlate(main, [
    candidate(
      'weak',
      bursts(2).map((value, i) => value + 4 * noise(9)[i]!),
    ),
    candidate('later', bursts(3, 2)),
    candidate(
      'against',
      bursts(4).map((value) => -value),
    ),
    candidate('noise', noise(5)),
  ]);
  assert.equal(untold, undefined);
  const found = Object.fromEntries(strongest.map((one) => [one.signal, one]));
  assert.equal(found.later?.lagSeconds, 30);
  assert.match(
    found.later?.text ?? '',
    /^later of batch moves with group_lock_wait_threads, 30 s later \(correlation 0\.9\d+\)$/,
  );
  assert.ok(found.against!.coefficient < -0.9);
  assert.equal(found.noise, undefined);
  assert.ok(strongest.length <= 3);
  const sizes = strongest.map(({ coefficient }) => Math.abs(coefficient));
  assert.deepEqual(
    sizes,
    [...sizes].sort((a, b) => b - a),
  );
});

test('of a thousand series of noise next to none passes for a connection', () => {
  const main = candidate('group_cpu_cores', noise(1));
  const { strongest, untold } = correlate(
    main,
    Array.from({ length: 1_000 }, (_, i) => candidate(`n${i}`, noise(100 + i))),
  );
  assert.deepEqual(strongest, []);
  assert.match(untold ?? '', /none of 1000 series/);
});

test('two trends have few independent values: they are no connection, however straight', () => {
  const rising = (seed: number) => noise(seed).map((value, i) => i + value);
  const main = candidate('group_anonymous_memory_bytes', rising(1));
  assert.deepEqual(correlate(main, [candidate('other', rising(2))]).strongest, []);
});

test('two random walks that happen to drift together are no connection either', () => {
  const walk = (seed: number) => {
    let level = 0;
    return noise(seed).map((step) => (level += step));
  };
  let claimed = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    const main = candidate('main', walk(seed));
    claimed += correlate(main, [candidate('other', walk(1_000 + seed))]).strongest.length;
  }
  assert.ok(claimed <= 6, `${claimed} of 200`);
});

test('growth is compared by its increments: traffic that feeds a leak is found', () => {
  const traffic = bursts(7);
  let bytes = 0;
  const leak = traffic.map((rate) => (bytes += rate));
  const series = increments({ labels: {}, start: 0, step: STEP, values: leak });
  const main = { ...candidate('group_anonymous_memory_bytes', leak), series };
  const [first] = correlate(main, [candidate('group_network_bytes_per_second', traffic)]).strongest;
  assert.equal(first?.lagSeconds, 0);
  assert.ok(first!.coefficient > 0.99);
});

test('too few values are said, gaps are left out', () => {
  const short = correlate(candidate('x', bursts(1).fill(Number.NaN, 30)), [
    candidate('y', bursts(2)),
  ]);
  assert.deepEqual(short.strongest, []);
  assert.match(short.untold ?? '', /30 values yet, a correlation needs 40/);
  const gaps = bursts(1).map((value, i) => (i % 4 === 0 ? Number.NaN : value));
  assert.equal(correlate(candidate('x', gaps), [candidate('y', bursts(2))]).strongest.length, 1);
});

test('every kind has a main signal, and what only repeats it is left out', () => {
  for (const { kind } of RULES) assert.ok(mainSignal(kind), kind);
  const main = { feature: 'group_cpu_cores', subject: { ...host, group: 'x' } } as const;
  const other = (feature: (typeof COMPARED)[number], group?: string) =>
    repeats(main, { feature, subject: group === undefined ? host : { ...host, group } });
  assert.equal(other('host_cpu_used_ratio'), true);
  assert.equal(other('group_cpu_cores', 'x'), true);
  assert.equal(other('group_cpu_cores', 'y'), false, 'another group is news');
  assert.equal(other('group_network_bytes_per_second', 'x'), false, 'another resource is news');
});
