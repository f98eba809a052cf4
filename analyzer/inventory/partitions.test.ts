import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  expiredPartitions,
  missingPartitions,
  type Partition,
  parsePartition,
} from './partitions.ts';

const DAY = 86_400;
/** A Wednesday, at noon. */
const NOON = Date.UTC(2026, 10, 18, 12) / 1000;
const names = (partitions: readonly Partition[]) => partitions.map(({ name }) => name);

test('days and weeks begin at midnight, weeks on Monday, in UTC', () => {
  const [day] = missingPartitions({ from: NOON, to: NOON }, [], 'day');
  assert.deepEqual(day, {
    name: 'host_usage_20261118_day',
    from: NOON - DAY / 2,
    to: NOON + DAY / 2,
  });
  const [week] = missingPartitions({ from: NOON, to: NOON }, [], 'week');
  assert.deepEqual(
    [week?.name, new Date((week?.from ?? 0) * 1000).getUTCDay()],
    ['host_usage_20261116_week', 1],
  );
  assert.deepEqual(names(missingPartitions({ from: NOON - DAY, to: NOON }, [day!], 'day')), [
    'host_usage_20261117_day',
  ]);
  assert.deepEqual(missingPartitions({ from: NOON, to: NOON + DAY / 2 - 60 }, [day!], 'day'), []);
});

test('a week that has days already goes on in days, a day of a week is there already', () => {
  const day = parsePartition('host_usage_20261117_day')!;
  const week = parsePartition('host_usage_20261116_week')!;
  const range = { from: NOON, to: NOON + 7 * DAY };
  assert.deepEqual(names(missingPartitions(range, [day], 'week')), [
    'host_usage_20261118_day',
    'host_usage_20261119_day',
    'host_usage_20261120_day',
    'host_usage_20261121_day',
    'host_usage_20261122_day',
    'host_usage_20261123_week',
  ]);
  assert.deepEqual(missingPartitions({ from: NOON, to: NOON }, [week], 'day'), []);
});

test('only what is wholly older goes, and tables of others are none of ours', () => {
  const days = ['host_usage_20261116_day', 'host_usage_20261117_day'].map(
    (name) => parsePartition(name)!,
  );
  assert.deepEqual(names(expiredPartitions(days, days[0]!.to)), ['host_usage_20261116_day']);
  assert.deepEqual(expiredPartitions(days, days[0]!.to - 1), []);
  for (const name of [
    'host_usage',
    'host_usage_2026',
    'host_usage_20261116_month',
    'my_host_usage_20261116_day',
  ])
    assert.equal(parsePartition(name), undefined);
});
