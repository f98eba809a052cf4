import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoregressive } from '../forecast/generated-series.ts';
import { createUniform } from '../math/uniform.ts';
import type { AlarmPolicy } from './alarm-policy.ts';
import { MAX_STATE_BYTES, type Sample } from './detector.ts';
import { hardSeries, START } from './hard-series.ts';
import { createWatch, type Observation } from './watch.ts';

const STEP = 300;
const DAY_SAMPLES = 288;
const COUNT = 7 * DAY_SAMPLES;
const uniform = createUniform(11);
const noise = Float64Array.from({ length: COUNT }, () => 98 + 4 * uniform());
const ordinary = (value = (i: number) => noise[i]!): Sample[] =>
  Array.from({ length: COUNT }, (_, i) => ({ time: START + i * STEP, value: value(i) }));
const AT = 5 * DAY_SAMPLES + 100;
const spike = (height: number) => ordinary((i) => (i === AT ? height : noise[i]!));

function observe(samples: readonly Sample[], settings: Partial<AlarmPolicy> = {}): Observation[] {
  const watch = createWatch(settings);
  const state = new Float64Array(watch.stateLength);
  return samples.map((sample) => watch.observe(state, sample));
}

const alarmsOf = (seen: readonly Observation[]) =>
  seen.flatMap(({ isAlarm }, i) => (isAlarm ? [i] : []));

for (const step of [15, 300, 1800])
  for (const [name, samples] of Object.entries(hardSeries(step)))
    test(`no alarm every ${step} s: ${name}`, () => {
      const alarms = alarmsOf(observe(samples));
      const when = alarms.map((i) => `${((samples[i]!.time - START) / 86_400).toFixed(2)} d`);
      assert.deepEqual(when, []);
    });

test('a spike is told once, with its band, its time and who agrees', () => {
  const seen = observe(spike(140));
  assert.deepEqual(alarmsOf(seen), [AT]);
  const told = seen[AT]!;
  assert.ok(told.score > 1);
  assert.equal(told.actual, 140);
  assert.ok(told.lower < 100 && told.upper > 100 && told.upper < 140, JSON.stringify(told));
  assert.equal(told.since, START + AT * STEP);
  assert.ok(told.agreeing.includes('seasonal-band') && told.agreeing.includes('robust-z'));
  assert.ok(told.confidence > 0.5 && told.confidence <= 1);
  assert.ok(Number.isNaN(seen[AT + 10]!.since), 'and is over ten samples later');
});

test('a level that stays is told when it begins and not again and again', () => {
  const alarms = alarmsOf(observe(ordinary((i) => noise[i]! + (i >= AT ? 40 : 0))));
  assert.equal(alarms[0], AT);
  assert.ok(alarms.length <= 2, `${alarms.length} alarms`);
});

test('a value usual by day is unusual by night', () => {
  const byDay = (i: number) => (i % DAY_SAMPLES < 144 ? 50 : 0) + noise[i]!;
  const night = 6 * DAY_SAMPLES + 200;
  const seen = observe(ordinary((i) => byDay(i) + (i === night ? 50 : 0)));
  assert.deepEqual(alarmsOf(seen), [night]);
});

test('the policy excuses what does not matter', () => {
  const cases: [Partial<AlarmPolicy>, string][] = [
    [{ direction: 'below' }, 'direction'],
    [{ minAbsoluteDeviation: 60 }, 'min_absolute_deviation'],
    [{ minRelativeDeviation: 0.6 }, 'min_relative_deviation'],
  ];
  for (const [settings, reason] of cases) {
    const seen = observe(spike(140), settings);
    assert.deepEqual(alarmsOf(seen), [], reason);
    assert.equal(seen[AT]!.excuse, reason);
    assert.equal(seen[AT]!.score, 1);
  }
});

test('alarms wait for business hours; the score does not', () => {
  const hour = Math.floor(((AT * STEP) % 86_400) / 3600);
  const weekdays = [1, 2, 3, 4, 5, 6, 7];
  const within = { from: hour, to: hour + 1, weekdays };
  assert.deepEqual(alarmsOf(observe(spike(140), { businessHours: within })), [AT]);
  const outside = observe(spike(140), { businessHours: { from: hour + 1, to: 24, weekdays } });
  assert.deepEqual(alarmsOf(outside), []);
  assert.ok(outside[AT]!.score > 1);
  const weekend = { from: 0, to: 24, weekdays: [1, 2, 3, 4, 5] };
  assert.deepEqual(alarmsOf(observe(spike(140), { businessHours: weekend })), [], 'a Saturday');
});

test('what is out of range is anomalous whatever the history', () => {
  const seen = observe(ordinary(), { range: { min: 0, max: 50 } });
  assert.ok(seen.every(({ score }) => score > 1));
});

test('sensitivity: what the bold one tells, the shy one may keep', () => {
  const normal = autoregressive(COUNT, 0, 11);
  const samples = ordinary((i) => 100 + normal[i]!);
  const count = (sensitivity: number) =>
    observe(samples, { sensitivity }).filter(({ score }) => score > 1).length;
  assert.ok(count(0.95) > count(0.5), `${count(0.95)} and ${count(0.5)}`);
  assert.equal(count(0.05), 0);
});

/** Ten days at 15 s of a noise that changes its width every 100 minutes, with spikes of any height. */
function surprises(): Sample[] {
  const random = createUniform(1);
  let width = 1;
  return Array.from({ length: 57_600 }, (_, i) => {
    if (i % 400 === 0) width = 0.5 + 1 / random() ** 0.7;
    const height = random() < 0.002 ? (width * 20) / random() : 0;
    return { time: START + i * 15, value: 100 + width * (random() - 0.5) + height };
  });
}

test('the budget: surprises without end come down to about as many as are welcome', () => {
  const samples = surprises();
  const perDay = (alarmsPerDay: number) =>
    alarmsOf(observe(samples, { alarmsPerDay })).filter((i) => i >= 28_800).length / 5;
  const [unlimited, one, none] = [perDay(1000), perDay(1), perDay(0.2)] as const;
  assert.ok(unlimited > 3, `${unlimited} a day without a limit`);
  assert.ok(one <= 1.5, `${one} a day where 1 is welcome`);
  assert.ok(none <= 0.5, `${none} a day where 0.2 are welcome`);
});

test('impossible settings are refused by name, all at once', () => {
  assert.throws(
    () => createWatch({ sensitivity: 1, alarmsPerDay: 0, range: { min: 2, max: 1 } }),
    /sensitivity 1.*alarmsPerDay 0.*range 2 to 1/,
  );
});

test('a day of warm-up without a score; then scores', () => {
  const seen = observe(ordinary());
  assert.ok(seen.slice(0, DAY_SAMPLES).every(({ score }) => Number.isNaN(score)));
  assert.ok(seen.slice(DAY_SAMPLES).every(({ score }) => score >= 0));
});

test('no number gets no score, and the values after it are judged as before', () => {
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    const seen = observe(spike(value));
    assert.ok(Number.isNaN(seen[AT]!.score));
    assert.deepEqual(alarmsOf(seen), []);
  }
});

test('after ±1e300 an ordinary spike is seen again within two days', () => {
  const wild = (i: number) => (i === 600 ? 1e300 : i === 700 ? -1e300 : noise[i]!);
  const seen = observe(ordinary((i) => (i === 600 + 2 * DAY_SAMPLES + 100 ? 1e6 : wild(i))));
  assert.ok(seen.every(({ score }) => Number.isNaN(score) || Number.isFinite(score)));
  assert.ok(seen[600 + 2 * DAY_SAMPLES + 100]!.score > 1);
});

test('a restart resumes with identical answers from 2 kB of numbers', () => {
  const watch = createWatch();
  const samples = spike(140);
  const state = new Float64Array(watch.stateLength);
  assert.ok(state.byteLength <= MAX_STATE_BYTES, `${state.byteLength} bytes`);
  const first = samples.slice(0, 1000).map((sample) => watch.observe(state, sample));
  const restored = Float64Array.from(JSON.parse(JSON.stringify([...state])));
  const after = createWatch();
  const rest = samples.slice(1000).map((sample) => after.observe(restored, sample));
  assert.deepEqual([...first, ...rest], observe(samples));
});

test('a counter is judged by its increments and its resets are findings, not alarms', () => {
  const samples = hardSeries(STEP)['counter that begins again']!;
  const resets = observe(samples).flatMap(({ conditions }) =>
    conditions.filter(({ kind }) => kind === 'reset'),
  );
  assert.equal(resets.length, 2);
  let total = 0;
  const faster = samples.map((sample, i) => {
    total += i === 2000 ? 200_000 : 15_000 + 300 * Math.sin(i * 12.9898);
    return { ...sample, value: total };
  });
  assert.deepEqual(alarmsOf(observe(faster)), [2000]);
});
