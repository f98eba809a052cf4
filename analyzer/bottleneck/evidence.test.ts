import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { loadPreset } from '../config.ts';
import type { FeatureSources } from '../features/feature.ts';
import { diagnose } from './diagnose.ts';
import { GUILTY } from './guilty.contract.ts';
import { RULES } from './list.ts';
import { type FeatureValues, hostWith, NOW } from './rule.contract.ts';
import { thresholdsSchema } from './thresholds.ts';

const { features } = loadPreset('latency-guard');
const thresholds = thresholdsSchema.parse({});
/** Those that have their own examples beside them, with enough to be found. */
const CASES: Readonly<Record<string, FeatureValues>> = {
  ...GUILTY,
  cpu_saturation: {
    host_cpu_count: 2,
    host_cpu_used_ratio: 1,
    group_cpu_cores: 1.9,
    group_running_threads: 1.9,
    group_runnable_threads: 1,
  },
  io_bound: {
    group_disk_wait_threads: 2,
    host_io_waiting_ratio: 0.9,
    host_disk_busy_ratio: 1,
    host_disk_await_seconds: 0.02,
    group_read_bytes_per_second: 9e6,
    group_written_bytes_per_second: 9e6,
  },
  memory_leak: {
    host_memory_total_bytes: 16e9,
    host_memory_available_bytes: 8e9,
    group_anonymous_memory_bytes: 5e8,
  },
};
const HISTORY = Array.from({ length: 60 }, (_, index) => 1e8 + index * 12e6);

function findingsOf(sources: FeatureSources) {
  return Object.entries(CASES).flatMap(([kind, values]) => {
    const others = { victim: { group_runnable_threads: 2, group_disk_wait_threads: 1 } };
    const aged = { ...values, group_start_time_seconds: NOW - 600, group_info_versions: 2 };
    const host = hostWith(aged, {
      sources,
      others,
      history: kind === 'memory_leak' ? HISTORY : [],
    });
    const { verdicts } = diagnose([host], RULES, { now: NOW, thresholds });
    const found = verdicts.filter((each) => each.kind === kind && each.score >= 0.5);
    assert.ok(found.length > 0, `${kind} is found`);
    return found;
  });
}

/** Raw series only, as on a server without our recording rules. */
const raw = Object.fromEntries(
  Object.entries(features).map(([name, { expr }]) => [name, { expr }]),
) as FeatureSources;

for (const [form, sources] of Object.entries({ recorded: features, raw })) {
  test(`every claim comes with PromQL that Prometheus accepts (${form})`, (t) => {
    const claims = findingsOf(sources).flatMap(({ kind, evidence, victims, changes }) =>
      [...evidence, ...(victims ?? []), ...(changes ?? [])].map((each) => ({ ...each, kind })),
    );
    assert.ok(claims.length > 50);
    for (const { kind, text, promql } of claims) {
      assert.match(promql, /instance="a:10910"/, `${kind}: ${text}`);
      assert.doesNotMatch(promql, /\$(selector|host)/, `${kind}: ${text}`);
    }
    const folder = mkdtempSync(join(tmpdir(), 'guard-evidence-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const rules = claims.map(({ promql }, index) => ({ record: `claim:${index}`, expr: promql }));
    const file = join(folder, 'claims.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'claims', rules }] }));
    const answer = execFileSync('promtool', ['check', 'rules', '--lint=none', file]);
    assert.match(String(answer), /SUCCESS/);
  });
}

test('every kind has an example here', () => {
  const kinds = new Set(RULES.map(({ kind }) => kind));
  assert.deepEqual(new Set(Object.keys(CASES)), kinds);
});
