import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planHorizon } from './horizon-plan.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

const cases = [
  { name: 'ten minutes', signal: {}, horizon: 600, want: [10, 60, 240, undefined, undefined] },
  { name: 'a day knows days and weeks', signal: {}, horizon: DAY, want: [1440, 60, 1300, 60, 420] },
  {
    name: 'a coarser step',
    signal: { step: 300 },
    horizon: HOUR,
    want: [300, 12, 240, undefined, undefined],
  },
  {
    name: 'a finer step is not used',
    signal: { step: 1 },
    horizon: HOUR,
    want: [60, 60, 240, undefined, undefined],
  },
  {
    name: 'a short history',
    signal: { history: HOUR },
    horizon: HOUR,
    want: [60, 60, 60, undefined, undefined],
  },
  {
    name: 'two weeks at 5 minutes, a day ahead: thinned out',
    signal: { step: 300, history: 14 * DAY },
    horizon: DAY,
    want: [1440, 60, 840, 60, 420],
  },
  {
    name: 'a season is a whole number of steps',
    signal: { season: [7 * HOUR] },
    horizon: 2 * HOUR,
    want: [120, 60, 1300, 210, undefined],
  },
  {
    name: 'a step that does not divide the season is lengthened',
    signal: { step: 420, season: [DAY] },
    horizon: DAY,
    want: [1440, 60, 1300, 60, undefined],
  },
  {
    name: 'a day by name at an hour’s horizon',
    signal: { season: [DAY, 7 * DAY] },
    horizon: HOUR,
    want: [216, 17, 2000, 400, 2800],
  },
  {
    name: 'no season',
    signal: { season: [] },
    horizon: DAY,
    want: [1440, 60, 240, undefined, undefined],
  },
];
for (const { name, signal, horizon, want } of cases)
  test(name, () => {
    const plan = planHorizon(signal, horizon);
    assert.deepEqual(
      [plan.step, plan.stepsAhead, plan.pointsBack, plan.season, plan.longSeason],
      want,
    );
  });

test('a history of more points than the models use is looked at more coarsely', () => {
  const { step, pointsBack } = planHorizon({ step: 300, history: 14 * DAY, season: [] }, HOUR);
  assert.equal(pointsBack, 2016);
  assert.equal(step * pointsBack, 14 * DAY);
});

test('the horizon is reached with whole steps', () => {
  for (const step of [7, 61, 300, 1000, 5000]) {
    const plan = planHorizon({ step }, HOUR);
    assert.ok(plan.stepsAhead >= 1 && plan.stepsAhead * plan.step >= HOUR);
  }
});

test('a step is whole seconds, so that a query can name it', () => {
  const steps = [
    planHorizon({}, 100),
    planHorizon({ history: 30 * DAY }, 4 * HOUR),
    planHorizon({ history: 30 * DAY, season: [DAY] }, 4 * HOUR),
  ].map(({ step }) => step);
  assert.deepEqual(steps, [2, 1286, 1350]);
});
