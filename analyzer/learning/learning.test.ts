import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostWith } from '../bottleneck/rule.contract.ts';
import { FINDING_SCORE } from '../bottleneck/rule.ts';
import type { Finding } from '../series/finding.ts';
import { applyLearned, createClassifier, type Model, modelSchema } from './classifier.ts';
import { splitByCase } from './evaluate.ts';
import { generateLabels } from './generated-labels.contract.ts';
import { formatLabels, NONE, parseLabels, toLabelledRows } from './labelled-row.ts';
import { fitForest, predict } from './random-forest.ts';
import { train } from './train.ts';
import { INPUT_NAMES, readRow, toVector } from './vector.ts';

const LABELS = generateLabels({ seed: 1, cases: 10, windows: 6, missed: 0.6 });
const OPTIONS = { seed: 7, trees: 30 };
const modelOf = (rows = LABELS): Model => ({
  version: 3,
  trainedAt: 1,
  labels: 'x',
  ...train(rows, OPTIONS),
});

test('a forest learns what no straight line parts, and knows shares that sum to 1', () => {
  const examples = Array.from({ length: 400 }, (_, i) => {
    const [x, y] = [(i % 20) / 20, Math.floor(i / 20) / 20];
    return { vector: Float64Array.of(x, y), label: x > 0.5 === y > 0.5 ? 'same' : 'other' };
  });
  const forest = fitForest(examples, { seed: 1, trees: 25, common: NONE });
  const right = examples.filter(({ vector, label }) => {
    const shares = predict(forest, vector);
    return forest.classes[shares.indexOf(Math.max(...shares))] === label;
  });
  assert.ok(right.length > 380, String(right.length));
  const sum = predict(forest, Float64Array.of(0.2, 0.9)).reduce((total, share) => total + share, 0);
  assert.ok(Math.abs(sum - 1) < 1e-3);
});

test('what is not known is a branch of its own, in training and in asking', () => {
  const examples = Array.from({ length: 100 }, (_, i) => ({
    vector: Float64Array.of(i % 2 === 0 ? Number.NaN : (i % 7) / 7, 0),
    label: i % 2 === 0 ? 'absent' : 'present',
  }));
  const forest = fitForest(examples, { seed: 1, trees: 10, common: NONE });
  assert.ok(predict(forest, Float64Array.of(Number.NaN, 0))[0]! > 0.9);
  assert.ok(predict(forest, Float64Array.of(0.5, 0))[1]! > 0.9);
});

test('the same labels and seed give the same model, another seed another one', () => {
  assert.deepEqual(train(LABELS, OPTIONS), train(LABELS, OPTIONS));
  assert.notDeepEqual(train(LABELS, { ...OPTIONS, seed: 8 }).forest, train(LABELS, OPTIONS).forest);
});

test('labels of one kind alone are refused', () => {
  const one = LABELS.filter(({ kind }) => kind === 'io_bound');
  assert.throws(() => train(one, OPTIONS), /needs two kinds of labels, there is 1/);
  assert.throws(() => train([], OPTIONS), RangeError);
});

test('no case is on both sides, and every kind with two cases is', () => {
  const { trained, heldBack } = splitByCase(LABELS, 1);
  const cases = new Set(trained.map((row) => row.case));
  assert.ok(heldBack.length > 0 && heldBack.every((row) => !cases.has(row.case)));
  assert.deepEqual(
    new Set(heldBack.map(({ kind }) => kind)),
    new Set(trained.map(({ kind }) => kind)),
  );
  const single = splitByCase(
    LABELS.filter((row) => row.case.endsWith('-0')),
    1,
  );
  assert.deepEqual(single.heldBack, [], 'a kind of one case is only learned');
});

test('it counts only when it beats the rules on held-back cases, significantly and without more false alarms', () => {
  const figures = (missed: number) =>
    train(generateLabels({ seed: 2, cases: 10, windows: 6, missed }), OPTIONS).figures;
  const better = figures(0.7);
  assert.equal(better.beats, true, better.reason);
  assert.ok(better.forest.macroF1 > better.rules.macroF1 && better.pValue <= 0.05);
  const equal = figures(0);
  assert.equal(equal.rules.macroF1, 1);
  assert.equal(equal.beats, false);
  assert.match(equal.reason, /not above that of the rules/);
  const few = train(generateLabels({ seed: 2, cases: 2, windows: 6, missed: 1 }), OPTIONS).figures;
  assert.match(few.reason, /5 cases are held back, at least 10/);
});

test('labels that mean nothing do not pass: a forest of noise does not count', () => {
  const kinds = [...new Set(LABELS.map(({ kind }) => kind))];
  const shuffled = LABELS.map((row, index) => {
    const kind = kinds[(Number(row.case.split('-')[1]) * 7 + row.case.length) % kinds.length]!;
    return { ...row, kind, rule: index % 2 === 0 ? kind : NONE };
  });
  assert.equal(train(shuffled, OPTIONS).figures.beats, false);
});

test('rows travel as JSON lines; what is wrong is told with its line', () => {
  assert.deepEqual(parseLabels(formatLabels(LABELS)), { rows: LABELS, problems: [] });
  const check = (text: string, want: RegExp) =>
    assert.match(parseLabels(text).problems.join(), want);
  check('{"case":"a"', /^line 1: not JSON$/);
  check('\n{"case":"a","kind":"IO","rule":"none","features":{}}', /^line 2: kind: expected a kind/);
  check('{"case":"a","kind":"none","rule":"none","features":{"x":"1"}}', /features\.x/);
  check('{"case":"a","kind":"none","rule":"none","features":{},"y":1}', /y/);
  assert.equal(parseLabels('x\n'.repeat(50)).problems.length, 10);
});

const host = hostWith(
  { host_cpu_count: 2, group_cpu_cores: 1.5, group_lock_wait_threads: 3 },
  {
    others: { calm: { group_cpu_cores: 0.1 }, busy: { group_cpu_cores: 0.4 } },
    history: [1, 2, 3, 4, 5],
  },
);
const shop = host.groups.find(({ subject }) => subject.group === 'shop')!;

test('the guilty get the kind, the busiest bystanders none, each with what the rules said', () => {
  const label = { case: 'c', kind: 'io_bound', blames: [{ group: 'shop' }], others: 1 };
  const verdict = { confidence: 1, severity: 'info', evidence: [], suggestions: [] } as const;
  const verdicts = [
    { ...verdict, kind: 'cpu_saturation', subject: shop.subject, score: FINDING_SCORE },
    { ...verdict, kind: 'io_bound', subject: shop.subject, score: FINDING_SCORE - 0.01 },
  ];
  const rows = toLabelledRows([host], verdicts, label);
  assert.deepEqual(
    rows.map(({ kind, rule, features }) => [kind, rule, features.group_cpu_cores]),
    [
      ['io_bound', 'cpu_saturation', 1.5],
      ['none', 'none', 0.4],
    ],
  );
  assert.deepEqual(
    toLabelledRows([host], [], { ...label, blames: [{ group: 'nobody' }], others: 0 }),
    [],
  );
  const hostOnly = toLabelledRows([host], [], { ...label, blames: [host.subject], others: 0 });
  assert.equal(hostOnly.length, 1 + host.groups.length, 'labels of the host fit all that is on it');
});

test('a row has what is known, the shape of memory included; the vector says NaN for the rest', () => {
  const row = readRow(shop);
  assert.equal(row.memory_rise_ratio, 1);
  assert.equal(row.memory_growth_ratio, 4);
  const vector = toVector(row);
  assert.equal(vector.length, INPUT_NAMES.length);
  assert.equal(vector[INPUT_NAMES.indexOf('cpu_share')], 0.75);
  assert.ok(Number.isNaN(vector[INPUT_NAMES.indexOf('probe_growth')]));
});

const finding = (kind: string, score: number, state: Finding['state'] = 'firing'): Finding => ({
  ...{ kind, subject: shop.subject, score, confidence: 1, severity: 'warning', state },
  ...{ evidence: [], suggestions: [], since: 0, changed: 0 },
});

test('the verdict stands beside each open finding; the ranking changes only when the model counts', () => {
  const hot = hostWith({ ...LABELS.find(({ kind }) => kind === 'lock_contention')!.features });
  const findings = [
    finding('io_bound', 0.9),
    finding('lock_contention', 0.7),
    finding('io_bound', 0.9, 'resolved'),
  ];
  const model = modelOf();
  const ranked = (beats: boolean) => {
    const figures = { ...model.figures, beats };
    return applyLearned(findings, [hot], createClassifier({ ...model, figures }));
  };
  const shown = ranked(false);
  assert.deepEqual(
    shown.map(({ kind }) => kind),
    ['io_bound', 'lock_contention', 'io_bound'],
  );
  assert.deepEqual(
    [shown[0]?.learned?.kind, shown[0]?.learned?.counts],
    ['lock_contention', false],
  );
  assert.ok(shown[1]!.learned!.agreement > 0.5);
  assert.equal(shown[2]?.learned, undefined, 'nothing is measured of what is over');
  assert.deepEqual(
    ranked(true).map(({ kind, state }) => [kind, state]),
    [
      ['lock_contention', 'firing'],
      ['io_bound', 'firing'],
      ['io_bound', 'resolved'],
    ],
  );
  const [old] = applyLearned(shown, [hot], undefined);
  assert.equal(old?.learned, undefined, 'without a model nothing of the old one stays');
  const [gone] = applyLearned(findings, [], createClassifier(model));
  assert.equal(gone?.learned, undefined, 'a host that is not there is not judged');
});

test('a model of a version with fewer inputs goes on; its own are found by name', () => {
  const model = modelOf();
  const order = model.inputs.map((_, index) => index).reverse();
  const trees = model.forest.trees.map((tree) => ({
    ...tree,
    feature: tree.feature.map((one) => (one < 0 ? one : order.indexOf(one))),
  }));
  const inputs = order.map((index) => model.inputs[index]!);
  const other = createClassifier({ ...model, inputs, forest: { ...model.forest, trees } });
  assert.deepEqual(other.judge(shop, 'io_bound'), createClassifier(model).judge(shop, 'io_bound'));
});

test('a model that could not end, or asks for what is not known any more, is refused', () => {
  const model = modelOf();
  assert.ok(modelSchema.safeParse(model).success);
  const [tree] = model.forest.trees;
  const broken = (changes: Partial<typeof tree>) =>
    modelSchema.safeParse({
      ...model,
      forest: { ...model.forest, trees: [{ ...tree, ...changes }] },
    }).success;
  assert.equal(broken({}), true);
  assert.equal(
    broken({ left: tree!.left.map(() => 0) }),
    false,
    'a child before its parent: a circle',
  );
  assert.equal(broken({ cut: [] }), false);
  assert.equal(broken({ feature: tree!.feature.map((one) => one + 1_000) }), false);
  assert.equal(broken({ shares: tree!.shares.map(() => []) }), false);
  assert.throws(() => createClassifier({ ...model, inputs: ['x'] }), /run guard retrain again/);
});
