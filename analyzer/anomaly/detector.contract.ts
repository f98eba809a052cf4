// What holds for every detector of single series, whatever it looks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoregressive } from '../forecast/generated-series.ts';
import {
  type Detector,
  type Judgement,
  MAX_SCORE,
  MAX_STATE_BYTES,
  type Sample,
} from './detector.ts';
import { hardSeries, START } from './hard-series.ts';

const STEP = 300;
const COUNT = 1500;
const forecast = { median: 50, lower: 40, upper: 60 };
const noise = autoregressive(COUNT, 0.5, 3).map((value) => 50 + value);
const ordinary = samplesOf(noise);

export function testDetector(detector: Detector): void {
  const { name } = detector;
  const run = (samples: readonly Sample[], state = new Float64Array(detector.stateLength)) =>
    samples.map((sample) => detector.judge(state, sample));

  test(`${name}: scores are 0 or more and finite, or no opinion; the band holds the expected value`, () => {
    const judgements = run(ordinary);
    for (const judgement of judgements) checkJudgement(judgement);
    assert.ok(
      judgements.some(({ score }) => !Number.isNaN(score)),
      'ordinary noise gets opinions',
    );
    const over = judgements.filter(({ score }) => score > 1).length;
    assert.ok(over < COUNT / 50, `${over} of ${COUNT} samples of noise are outside the band`);
  });

  test(`${name}: 1 is the edge of its own band`, () => {
    for (const [i, { score, lower, upper }] of run(ordinary).entries()) {
      const isShift = name === 'ewma' || name === 'change-point';
      if (Number.isNaN(score) || isShift) continue;
      const isInside = noise[i]! >= lower && noise[i]! <= upper;
      assert.equal(score <= 1 + 1e-9, isInside, `sample ${i}: score ${score}`);
    }
  });

  test(`${name}: a value far away is seen, upwards and downwards`, () => {
    for (const value of [5000, -5000]) {
      const last = { ...ordinary[COUNT - 1]!, value };
      const { score } = run([...ordinary.slice(0, -1), last]).at(-1)!;
      assert.ok(score > 1, `${value} scores ${score}`);
    }
  });

  test(`${name}: a constant series is as expected`, () => {
    for (const series of ['flat zero', 'constant 42.5', 'constant 0.1, rounding'])
      for (const { score } of run(withoutForecast(hardSeries(STEP)[series]!)))
        assert.ok(Number.isNaN(score) || score <= 1, `${series}: ${score}`);
  });

  test(`${name}: NaN gets no opinion and is not learned`, () => {
    const holed = ordinary.flatMap((sample) => [sample, { ...sample, value: Number.NaN }]);
    const judgements = run(holed);
    assert.ok(judgements.every(({ score }, i) => i % 2 === 0 || Number.isNaN(score)));
    assert.deepEqual(
      judgements.filter((_judgement, i) => i % 2 === 0),
      run(ordinary),
    );
  });

  test(`${name}: ±1e300 keep scores and state finite`, () => {
    const wild = ordinary.map((sample, i) =>
      i === 400 || i === 420 ? { ...sample, value: i === 400 ? 1e300 : -1e300 } : sample,
    );
    const state = new Float64Array(detector.stateLength);
    for (const judgement of run(wild, state)) checkJudgement(judgement);
    assert.ok(state.every(Number.isFinite), 'the state stays finite');
  });

  test(`${name}: going on from copied numbers gives identical scores`, () => {
    const state = new Float64Array(detector.stateLength);
    const whole = run(ordinary);
    const first = run(ordinary.slice(0, 700), state);
    const restored = Float64Array.from(JSON.parse(JSON.stringify([...state])));
    assert.deepEqual([...first, ...run(ordinary.slice(700), restored)], whole);
  });

  test(`${name}: its state is a part of what a series may cost`, () => {
    assert.ok(detector.stateLength * 8 < MAX_STATE_BYTES / 2, `${detector.stateLength} numbers`);
  });
}

function checkJudgement({ score, expected, lower, upper }: Judgement): void {
  if (Number.isNaN(score)) return;
  assert.ok(score >= 0 && score <= MAX_SCORE, `score ${score}`);
  assert.ok(lower <= expected && expected <= upper, `${lower} ${expected} ${upper}`);
}

function samplesOf(values: ArrayLike<number>): Sample[] {
  return Array.from(values, (value, i) => ({ time: START + i * STEP, value, forecast }));
}

function withoutForecast(samples: readonly Sample[]): Sample[] {
  return samples.map((sample) => ({ ...sample, forecast: undefined }));
}
