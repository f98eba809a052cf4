import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Querier } from '../prometheus/querier.ts';
import type { Reading } from '../store/action-record.ts';
import { judgeEffect, readSignal } from './proof.ts';

const reading = (target: number, peers: Reading['peers'] = {}): Reading => ({
  time: 0,
  target,
  peers,
});
const DOWN = { better: 'down', minEffect: 0.1 } as const;

const CASES: readonly (readonly [
  name: string,
  before: Reading | undefined,
  after: Reading | undefined,
  verdict: string,
])[] = [
  ['down is better', reading(10), reading(5), 'improved'],
  ['up is worse', reading(10), reading(15), 'worse'],
  ['less than a tenth is nothing', reading(10), reading(9.5), 'no_effect'],
  ['nothing at all', reading(0), reading(0), 'no_effect'],
  [
    'what everybody gained is no merit',
    reading(10, { a: 10, b: 12 }),
    reading(5, { a: 5, b: 7 }),
    'no_effect',
  ],
  [
    'holding still while others rise helps',
    reading(10, { a: 10 }),
    reading(10, { a: 20 }),
    'improved',
  ],
  ['falling less than the others is worse', reading(10, { a: 10 }), reading(8, { a: 1 }), 'worse'],
  [
    'within the spread of the peers',
    reading(10, { a: 10, b: 10, c: 10 }),
    reading(7, { a: 4, b: 10, c: 16 }),
    'no_effect',
  ],
  ['a peer that is gone does not count', reading(10, { a: 10 }), reading(5, { b: 1 }), 'improved'],
  ['no value before', undefined, reading(5), 'unknown'],
  ['no value after', reading(5), undefined, 'unknown'],
];

for (const [name, before, after, verdict] of CASES)
  test(`verdict: ${name}`, () => {
    assert.equal(judgeEffect(before, after, DOWN).verdict, verdict);
  });

test('where more is better the signs turn round', () => {
  const up = { better: 'up', minEffect: 0.1 } as const;
  assert.equal(judgeEffect(reading(10), reading(20), up).verdict, 'improved');
  assert.equal(judgeEffect(reading(10), reading(5), up).verdict, 'worse');
});

const querierOf = (answers: Readonly<Record<string, readonly number[]>>): Querier => ({
  instant: async () => [],
  range: async (_promql, { from, step }) =>
    Object.entries(answers).map(([instance, values]) => ({
      labels: instance === '' ? {} : { instance },
      start: from,
      step,
      values: Float64Array.from(values),
    })),
});
const QUESTION = {
  promql: 'x',
  peersPromql: undefined,
  labels: { instance: 'web1:1' },
  host: 'web1',
  window: 30,
  at: 1_000,
  touched: new Set(['web3']),
};

test('the median of the target and of those that nobody touches is read', async () => {
  const answers = {
    'web1:1': [1, 2, Number.NaN, 900],
    'web2:1': [5],
    'web3:1': [6],
    'web1:2': [7],
    'web4:1': [Number.NaN],
  };
  assert.deepEqual(await readSignal(querierOf(answers), QUESTION), {
    time: 1_000,
    target: 2,
    peers: { 'web2:1': 5 },
  });
  assert.equal((await readSignal(querierOf({ '': [4] }), QUESTION))?.target, 4);
});

test('a target without value is no reading', async () => {
  assert.equal(await readSignal(querierOf({ 'web2:1': [5] }), QUESTION), undefined);
  assert.equal(await readSignal(querierOf({ 'web1:1': [Number.NaN] }), QUESTION), undefined);
});
