import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kind } from './case.ts';
import { belowBars, median, type Outcome, score } from './score.ts';

const fault = (expected: Kind, fired: readonly string[], rest: Partial<Outcome> = {}): Outcome => ({
  name: expected,
  expected,
  also: [],
  fired,
  blamedRight: fired.includes(expected) ? true : undefined,
  detectSeconds: fired.includes(expected) ? 20 : undefined,
  ...rest,
});
const lookAlike = (name: string, fired: readonly string[]): Outcome => ({
  name,
  expected: undefined,
  also: [],
  fired,
  blamedRight: undefined,
  detectSeconds: undefined,
});
const scoreOf = (outcomes: readonly Outcome[], kind: string) =>
  score(outcomes).kinds.find((each) => each.kind === kind);
const rows = ({ matrix }: ReturnType<typeof score>) =>
  Object.fromEntries([...matrix].map(([name, row]) => [name, Object.fromEntries(row)]));

test('everything right is within the bars', () => {
  const result = score([fault('io_bound', ['io_bound']), lookAlike('idle', [])]);
  assert.equal(result.macroF1, 1);
  assert.equal(result.blameRatio, 1);
  assert.deepEqual(rows(result), { io_bound: { io_bound: 1 }, none: { none: 1 } });
  assert.deepEqual(belowBars(result), []);
});

test('precision, recall and F1 of a known table', () => {
  // cpu: found 3 of 4, and once where it was io. By hand: P = 3/4, R = 3/4, F1 = 3/4. io: TP 1, FN 1, FP 0: F1 = 2/3.
  const outcomes = [
    ...Array.from({ length: 3 }, () => fault('cpu_saturation', ['cpu_saturation'])),
    fault('cpu_saturation', []),
    fault('io_bound', ['io_bound']),
    fault('io_bound', ['cpu_saturation']),
  ];
  const cpu = scoreOf(outcomes, 'cpu_saturation');
  assert.deepEqual(
    [cpu?.cases, cpu?.truePositives, cpu?.falsePositives, cpu?.falseNegatives],
    [4, 3, 1, 1],
  );
  assert.deepEqual([cpu?.precision, cpu?.recall, cpu?.f1], [0.75, 0.75, 0.75]);
  const io = scoreOf(outcomes, 'io_bound');
  assert.deepEqual([io?.precision, io?.recall], [1, 0.5]);
  assert.ok(Math.abs((io?.f1 ?? 0) - 2 / 3) < 1e-12);
  assert.ok(Math.abs((score(outcomes).macroF1 ?? 0) - (0.75 + 2 / 3) / 2) < 1e-12);
  assert.deepEqual(rows(score(outcomes)), {
    cpu_saturation: { cpu_saturation: 3, none: 1 },
    io_bound: { io_bound: 1, cpu_saturation: 1 },
  });
});

test('a kind that never fired has no precision, and 0 as its F1', () => {
  const steal = scoreOf([fault('cpu_steal', [])], 'cpu_steal');
  assert.equal(steal?.precision, undefined);
  assert.equal(steal?.recall, 0);
  assert.equal(steal?.f1, 0);
});

test('a kind without a case counts in the mean only when it fired wrongly', () => {
  const right = fault('io_bound', ['io_bound']);
  assert.equal(score([right]).kinds.length, 1);
  const result = score([right, lookAlike('idle', ['lock_contention'])]);
  assert.equal(result.macroF1, 0.5);
  assert.deepEqual(result.firedLookAlikes, ['idle']);
  assert.match(belowBars(result).join(), /idle is no bottleneck/);
});

test('a kind that nobody knows is wrong, too', () => {
  assert.equal(scoreOf([lookAlike('idle', ['surprise'])], 'surprise')?.falsePositives, 1);
});

test('what a case truly suffers from as well is neither right nor wrong', () => {
  const outcome = fault('memory_pressure', ['io_bound', 'memory_pressure'], { also: ['io_bound'] });
  const result = score([outcome]);
  assert.deepEqual(rows(result), { memory_pressure: { memory_pressure: 1 } });
  assert.equal(result.macroF1, 1);
  const missed = fault('memory_pressure', ['io_bound'], { also: ['io_bound'] });
  assert.deepEqual(rows(score([missed])), { memory_pressure: { none: 1 } });
  assert.equal(score([missed]).macroF1, 0);
});

test('several findings of one kind in one case count once', () => {
  const kind = scoreOf([lookAlike('idle', ['io_bound', 'io_bound'])], 'io_bound');
  assert.equal(kind?.falsePositives, 1);
});

test('blame is judged where the kind was found', () => {
  const result = score([
    fault('io_bound', ['io_bound']),
    fault('cpu_saturation', ['cpu_saturation'], { blamedRight: false }),
    fault('cpu_steal', []),
  ]);
  assert.equal(result.blameRatio, 0.5);
  assert.match(belowBars(result).join('\n'), /blamed right 0\.500 is below 0\.95/);
});

test('leaks have a bar of their own for the time', () => {
  const at = (kind: Kind, detectSeconds: number) => fault(kind, [kind], { detectSeconds });
  const good = score([at('io_bound', 12), at('cpu_steal', 30), at('memory_leak', 290)]);
  assert.equal(good.medianSeconds, 21);
  assert.equal(good.leakMedianSeconds, 290);
  assert.deepEqual(belowBars(good), []);
  const late = belowBars(score([at('io_bound', 31), at('memory_leak', 301)]));
  assert.deepEqual(late.length, 2);
});

test('nothing run has no figures and no bar', () => {
  const result = score([]);
  assert.equal(result.macroF1, undefined);
  assert.equal(result.medianSeconds, undefined);
  assert.deepEqual(belowBars(result), []);
});

test('the median of none, one, two and three values in any order', () => {
  assert.equal(median([]), undefined);
  assert.equal(median([7]), 7);
  assert.equal(median([9, 1]), 5);
  assert.equal(median([10, 2, 100]), 10);
});
