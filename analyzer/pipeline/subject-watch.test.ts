// A host whose work has changed for good: its alarm ends, a model that knows it watches on, and what is new is told again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNormal } from '../forecast/generated-series.ts';
import type { WatchedSeries } from './series-watch.ts';
import { createSubjectWatch, groupOf, hostOf } from './subject-watch.ts';
import { fitSubject, RECENT_STEPS } from './watch-task.ts';

const STEP = 60;
const DAY_ROWS = 1440;
const START = 1_700_006_400;
const COLUMNS = 4;
const normal = createNormal(11);

/** From CHANGED on the host does more; from BROKEN on for twenty minutes much less. */
const CHANGED = 2 * DAY_ROWS;
const BROKEN = CHANGED + 600;
const rowAt = (row: number) =>
  Float64Array.from({ length: COLUMNS }, () => {
    const level = row >= BROKEN && row < BROKEN + 20 ? 2 : row >= CHANGED ? 30 : 10;
    return level + normal();
  });

function seriesOf(column: number): WatchedSeries {
  const labels = { job: 'guard', instance: 'a', ...(column > 0 && { group: 'db/1.2' }) };
  const recent = new Float64Array(RECENT_STEPS).fill(Number.NaN);
  return {
    key: `s${column}`,
    host: 'a',
    labels,
    lastTime: START,
    recent,
  } as unknown as WatchedSeries;
}

test('to whom a series belongs', () => {
  assert.deepEqual(hostOf(seriesOf(1))?.labels, { job: 'guard', instance: 'a' });
  assert.deepEqual(groupOf(seriesOf(1))?.labels, { job: 'guard', instance: 'a', group: 'db/1.2' });
  assert.equal(groupOf(seriesOf(0)), undefined);
});

test('an alarm that has become how things are is handed over, and the next fault is told', () => {
  const all = new Map(
    Array.from({ length: COLUMNS }, (_, column) => [`s${column}`, seriesOf(column)]),
  );
  const watch = createSubjectWatch({
    ...{ step: STEP, max: 1, subjectOf: hostOf, warmUpSeconds: 3600, sensitivity: 0.5 },
    factor: () => 1,
    matters: () => true,
  });
  assert.equal(watch.admit(all.values()), 0);
  const [host] = [...watch.all.values()];
  const columns = [...all.keys()];
  const rows: Float64Array[] = [];
  const fit = () => {
    const values = Float64Array.from(rows.flatMap((row) => [...row]));
    return fitSubject({ kind: 'fit', columns: COLUMNS, start: START, step: STEP, values });
  };
  for (let row = 0; row < CHANGED; row++) rows.push(rowAt(row));
  const training = { columns, rows: rows.length, from: START, to: START + rows.length * STEP };
  watch.take(host!, fit(), training);
  let endedAt = 0;
  const told: number[] = [];
  for (let row = CHANGED; row < BROKEN + 20; row++) {
    const values = rowAt(row);
    const at = START + row * STEP;
    for (const [column, one] of [...all.values()].entries())
      Object.assign(one, { lastTime: at }) && one.recent.fill(values[column]!);
    watch.observe(host!, all, at);
    rows.push(values);
    if (host!.alarm.since !== undefined) told.push(row);
    if (!watch.isSettled(host!, at)) continue;
    watch.adapt(host!, fit(), at);
    endedAt = row;
  }
  assert.ok(endedAt >= CHANGED + 360 && endedAt < BROKEN, `ended after ${endedAt - CHANGED} rows`);
  assert.ok(told.includes(CHANGED + 5), 'the change itself is told');
  const between = told.filter((row) => row > endedAt + 5 && row < BROKEN);
  assert.deepEqual(between, [], 'then it is how things are');
  assert.ok(
    told.some((row) => row >= BROKEN && row < BROKEN + 10),
    'what is new is told',
  );
  assert.ok(host!.score > 1, 'compared with the whole past it is unusual still');
  assert.ok(host!.episode.regime!.since <= START + (CHANGED + 5) * STEP);
  assert.match(host!.explanation!.contributors[0]!.series, /^s\d$/);
});
