import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../service/config.ts';
import { anomaliesSchema, anomalySettings } from './anomaly-config.ts';
import { watchedSources } from './pipeline/watched-source.ts';

const parse = (text: string) => anomalySettings(parseConfig(anomaliesSchema, text, 'a.yml'));

test('without a word it watches, modestly', () => {
  const settings = parse('')!;
  assert.deepEqual([settings.step, settings.history, settings.maxSeries], [60, 604_800, 300]);
  assert.equal(settings.policy.warmUpSeconds, 86_400);
  assert.equal('minAbsoluteDeviation' in settings.policy, false);
  assert.equal(parse('enabled: false'), undefined);
});

test('signals and features become sources; what is said of one wins over what is said of all', () => {
  const settings = parse(`
direction: above
features: [group_open_fds, host_disk_queue_length]
signals:
  cpu: {sensitivity: 0.8, business_hours: {from: 8, to: 18}, range: {max: 1}}
  memory: {enabled: false}
`)!;
  const source = { expr: 'x{$selector}', unit: 'ratio' } as const;
  const sources = watchedSources(
    { signals: { cpu: source, memory: source }, features: { group_open_fds: { expr: 'fds' } } },
    settings,
  );
  assert.deepEqual(
    sources.map(({ signal, policy }) => [signal, policy.sensitivity, policy.minAbsoluteDeviation]),
    [
      ['cpu', 0.8, 0.05],
      ['group_open_fds', 0.5, 2],
    ],
  );
  assert.deepEqual(sources[0]?.policy.range, { min: -Infinity, max: 1 });
  assert.deepEqual(sources[0]?.policy.businessHours, {
    from: 8,
    to: 18,
    weekdays: [1, 2, 3, 4, 5],
  });
  assert.equal(sources[0]?.policy.direction, 'above');
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ['sensitivity: 1', /sensitivity.*between 0 and 1/],
  ['sensitivity: 0', /sensitivity.*between 0 and 1/],
  ['alarms_per_day: 0', /alarms_per_day.*more than 0/],
  ['direction: up', /direction/],
  ['range: {min: 2, max: 1}', /range.*min below max/],
  ['business_hours: {from: 18, to: 8}', /business_hours.*from before to/],
  ['min_absolute_deviation: some', /min_absolute_deviation.*auto or a number/],
  ['history: 30d', /history.*11000 steps/],
  ['{history: 6h, warm_up: 1d}', /warm_up.*longer than the history/],
  ['max_series: 0', /max_series/],
  ['features: [nothing]', /features/],
  ['signals: {cpu: {sensitvity: 0.5}}', /sensitvity/],
];
for (const [text, why] of REFUSED)
  test(`refused: ${text}`, () => {
    assert.throws(() => parse(text), why);
  });
