// Disk use of containers, by Prometheus' own engine: against the limit of the container where it is known, else the device.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runPromtool } from '../../rules/promtool.ts';
import { loadPreset } from '../config.ts';
import { promqlOf } from '../features/feature.ts';

const SIGNAL = loadPreset('cadvisor').signals.container_filesystem!;
const HOST = 'job="kubelet",instance="n1"';
const own = (pod: string, device = 'sda') =>
  `{${HOST},image="i",namespace="shop",pod="${pod}",container="app",name="c-${pod}",device="${device}"}`;
const series = (name: string, value: number) => ({ series: name, values: `${value}x2` });
const limit = (pod: string, bytes: number) =>
  series(
    `kube_pod_container_resource_limits{job="ksm",instance="k",namespace="shop",pod="${pod}",container="app",resource="ephemeral_storage",unit="byte"}`,
    bytes,
  );
const result = (pod: string) =>
  `{${HOST},namespace="shop",pod="${pod}",container="app",name="c-${pod}"}`;

const INPUT = [
  // 900 MB of a limit of 1 GB on a device of 100 GB.
  series(`container_fs_usage_bytes${own('limited')}`, 0.9e9),
  series(`container_fs_limit_bytes${own('limited')}`, 100e9),
  limit('limited', 1e9),
  // Without a limit, the fuller of two devices counts: 40 of 50, not 41 of 150.
  series(`container_fs_usage_bytes${own('free')}`, 40e9),
  series(`container_fs_limit_bytes${own('free')}`, 50e9),
  series(`container_fs_usage_bytes${own('free', 'sdb')}`, 1e9),
  series(`container_fs_limit_bytes${own('free', 'sdb')}`, 100e9),
  // A limit of memory is none of storage, and a device whose size is not known has no ratio.
  series(`container_fs_usage_bytes${own('unknown')}`, 1e9),
  series(`container_fs_limit_bytes${own('unknown')}`, 0),
  series(
    'kube_pod_container_resource_limits{job="ksm",instance="k",namespace="shop",pod="unknown",container="app",resource="memory",unit="byte"}',
    1e9,
  ),
];

test('disk use is held against the limit of the container, or else the fullest device', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-cadvisor-'));
  try {
    const exp_samples = [
      { labels: result('limited'), value: 0.9 },
      { labels: result('free'), value: 0.8 },
    ];
    const promql_expr_test = [
      { expr: promqlOf(SIGNAL, 'expr'), eval_time: '1m', exp_samples },
      {
        expr: promqlOf(SIGNAL, 'expr', { job: 'kubelet', instance: 'n1', pod: 'limited' }),
        eval_time: '1m',
        exp_samples: exp_samples.slice(0, 1),
      },
    ];
    const tests = [{ interval: '1m', input_series: INPUT, promql_expr_test }];
    writeFileSync(join(folder, 'tests.yml'), JSON.stringify({ rule_files: [], tests }));
    const { status, output } = runPromtool(['test', 'rules', 'tests.yml'], folder);
    assert.equal(status, 0, output);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
