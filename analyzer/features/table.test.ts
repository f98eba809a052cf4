import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Point } from '../series/series.ts';
import { type FeatureName, promqlOf } from './feature.ts';
import { buildFeatureTable } from './table.ts';

const point = (labels: Record<string, string>, value: number): Point => ({
  labels,
  time: 0,
  value,
});
const a = { job: 'j', instance: 'a' };
const b = { job: 'j', instance: 'b' };

const table = buildFeatureTable({
  points: new Map<FeatureName, readonly Point[]>([
    ['host_cpu_used_ratio', [point(b, 0.2), point(a, 0.9)]],
    ['host_disk_busy_ratio', [point({ ...a, device: 'sda' }, 0.5)]],
    [
      'group_cpu_cores',
      [point({ ...a, group: 'x' }, 1.5), point({ ...b, group: 'x' }, Number.NaN)],
    ],
    [
      'group_threads',
      [point({ ...a, group: 'x' }, 4), point({ ...a, group: 'y' }, 1), point(a, 9)],
    ],
  ]),
  memoryHistory: [
    { labels: { ...a, group: 'x' }, start: 0, step: 15, values: Float64Array.of(1, 2) },
  ],
  sources: {
    group_cpu_cores: {
      record: 'group:cpu{$selector}',
      expr: 'sum by (group) (rate(cpu{$selector}[30s]))',
    },
    host_cpu_used_ratio: { expr: 'used{mode="x",$selector}' },
  },
  unrecorded: new Set(),
});

test('features are joined per host and group', () => {
  assert.deepEqual(
    table.map(({ subject }) => subject.instance),
    ['a', 'b'],
  );
  const [hostA, hostB] = table;
  assert.equal(hostA?.value('host_cpu_used_ratio'), 0.9);
  assert.equal(hostA?.detail('host_disk_busy_ratio').device, 'sda');
  assert.deepEqual(
    hostA?.groups.map(({ subject }) => subject.group),
    ['x', 'y'],
  );
  assert.equal(hostA?.groups[0]?.value('group_cpu_cores'), 1.5);
  assert.deepEqual([...(hostA?.groups[0]?.memoryHistory?.values ?? [])], [1, 2]);
  assert.equal(hostA?.groups[1]?.memoryHistory, undefined);
  assert.equal(hostB?.groups.length, 0, 'NaN and group features without a group are not there');
});

test('a group can show the PromQL of its own and of its host’s features', () => {
  const group = table[0]?.groups[0];
  assert.equal(group?.promql('group_cpu_cores'), 'group:cpu{job="j",instance="a",group="x"}');
  assert.equal(group?.promql('host_cpu_used_ratio'), 'used{mode="x",job="j",instance="a"}');
  assert.equal(group?.promql('group_threads'), '', 'a preset without this feature');
});

test('selectors escape label values and vanish when there is nothing to select', () => {
  const source = { expr: 'a{$selector} / b{x="1",$selector}' };
  assert.equal(promqlOf(source, 'record'), 'a / b{x="1",}');
  assert.equal(
    promqlOf(source, 'expr', { g: 'a"b\\c' }),
    'a{g="a\\"b\\\\c"} / b{x="1",g="a\\"b\\\\c"}',
  );
});

test('targets, probes and databases are subjects beside the groups; the host is one, too', () => {
  const [host] = buildFeatureTable({
    points: new Map<FeatureName, readonly Point[]>([
      ['host_ping_self_check', [point(a, 1)]],
      ['target_ping_loss_ratio', [point({ ...a, target: 'gw' }, 0.5), point(a, 0.9)]],
      ['database_up', [point({ ...a, database_server: 'orders' }, 1)]],
    ]),
    memoryHistory: [],
    sources: { target_ping_loss_ratio: { expr: 'loss{$selector} * info{x="1",$host}' } },
    unrecorded: new Set(),
  });
  const targets = host!.subjects('target');
  assert.deepEqual(
    targets.map(({ subject }) => subject),
    [{ ...a, target: 'gw' }],
    'a value without a target is nobody’s',
  );
  assert.equal(targets[0]!.value('host_ping_self_check'), 1);
  assert.equal(
    targets[0]!.promql('target_ping_loss_ratio'),
    'loss{job="j",instance="a",target="gw"} * info{x="1",job="j",instance="a"}',
  );
  assert.deepEqual(host!.subjects('database')[0]!.subject, { ...a, database_server: 'orders' });
  assert.deepEqual(host!.subjects('probe'), []);
  assert.equal(host!.subjects('host')[0], host);
});
