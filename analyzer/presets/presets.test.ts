import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { combinePresets, loadPreset } from '../config.ts';
import { type FeatureName, type FeatureSource, promqlOf } from '../features/feature.ts';
import type { Level, SignalDefinition } from '../features/signal.ts';
import { buildFeatureTable } from '../features/table.ts';
import { createPresetDetector } from '../pipeline/detect-presets.ts';
import { createHistoryReader, type HistoryReader } from '../pipeline/forecast-history.ts';
import { createQueryThread, type QueryThread } from '../pipeline/query-thread.ts';
import { createFeatureReader } from '../pipeline/read-features.ts';
import { isFeature, readLevels } from '../pipeline/signal-levels.ts';
import { missingPrograms, type Scraped, startScraped } from './exporters.contract.ts';
import { DETECTED_BY, PRESET_NAMES, type PresetName, STANDARD_PRESET } from './list.ts';

const NO_CHANGES = { signals: {} };

/** Every query that a preset can lead to. */
function queriesOf(names: readonly PresetName[]): string[] {
  const { features, signals, memory_history, memory_trend } = combinePresets(names, NO_CHANGES);
  const sources = [...Object.values(features), memory_history, memory_trend].filter(
    (source) => source !== undefined,
  );
  return [
    ...sources.flatMap(formsOf),
    ...Object.values(signals).flatMap((signal) => [...formsOf(signal), ...levelsOf(signal)]),
  ];
}

function formsOf(source: FeatureSource): string[] {
  const expr = promqlOf(source, 'expr');
  const span = '[10s:10s] @ 1700000000';
  return [
    promqlOf(source, 'record'),
    expr,
    promqlOf(source, 'record', { job: 'j', instance: 'a', group: 'b' }),
    promqlOf(source, 'expr', { job: 'j', instance: 'a' }),
    `topk(3, avg_over_time((${expr})[60s:]))`,
    `(${expr}) and (topk(3, last_over_time((${expr})${span})) >= 0.5)`,
  ];
}

function levelsOf({ limit, maximum }: SignalDefinition): string[] {
  const isPromql = (level: Level | undefined) => typeof level === 'string' && !isFeature(level);
  return [limit, maximum]
    .filter(isPromql)
    .map((level) => promqlOf({ expr: String(level) }, 'expr'));
}

for (const names of [...PRESET_NAMES.map((name) => [name]), [...PRESET_NAMES]])
  test(`every query of ${names.join(' and ')} is PromQL that Prometheus accepts`, () => {
    const rules = queriesOf(names).map((expr, index) => ({ record: `check:${index}`, expr }));
    const folder = mkdtempSync(join(tmpdir(), 'guard-preset-'));
    try {
      const file = join(folder, 'rules.yml');
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'preset', rules }] }));
      const options = { encoding: 'utf8' } as const;
      const output = execFileSync('promtool', ['check', 'rules', '--lint=none', file], options);
      assert.match(output, new RegExp(`SUCCESS: ${rules.length} rules`));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test('no two presets have a signal of one name', () => {
  const names = PRESET_NAMES.flatMap((name) => Object.keys(loadPreset(name).signals));
  assert.equal(new Set(names).size, names.length);
});

test('a limit that is neither a number nor PromQL with a metric is a feature that exists', () => {
  const names = PRESET_NAMES.flatMap((name) => Object.values(loadPreset(name).signals)).flatMap(
    ({ limit, maximum }) => [limit, maximum].filter((level) => typeof level === 'string'),
  );
  assert.ok(names.length > 5);
  assert.deepEqual(
    names.filter((level) => /^\w+$/.test(level) && !isFeature(level)),
    [],
  );
});

const missing = missingPrograms();
const skip = missing.length > 0 && `not installed: ${missing.join(', ')}`;

/** What this machine need not have: swap, connection tracking, pressure in the kernel, a name for its link speed. */
const MAY_BE_ABSENT = new Set([
  'node_swap',
  'node_conntrack',
  'node_file_descriptors',
  'node_network_received',
  'node_network_transmitted',
  'node_disk_busy',
  'node_filesystem_available',
  'node_inodes_free',
  'process_file_descriptors',
  'process_cpu',
  'process_threads',
  'group_cpu',
  'filesystem',
]);

let scraped: Scraped;
let querier: QueryThread;
if (!skip) {
  before(async () => {
    scraped = await startScraped();
    querier = createQueryThread({ url: scraped.url, timeoutMs: 10_000 });
  });
  after(async () => {
    await querier?.close();
    await scraped?.stop();
  });
}
const now = () => Date.now() / 1000;

test('each exporter that is scraped is detected', { skip }, async () => {
  const detector = createPresetDetector({
    querier,
    always: [STANDARD_PRESET],
    detectedBy: DETECTED_BY,
    combine: (names: readonly PresetName[]) => names,
  });
  assert.deepEqual(detector.current(), [STANDARD_PRESET]);
  await detector.check(now());
  assert.deepEqual(detector.current(), [...PRESET_NAMES]);
});

for (const name of PRESET_NAMES)
  test(`the signals of ${name} answer on real series, within their bounds`, { skip }, async () => {
    const reader = createHistoryReader(querier);
    for (const [key, signal] of Object.entries(loadPreset(name).signals)) {
      const reasons: string[] = [];
      const report = (reason: string, detail: string) => void reasons.push(`${reason}: ${detail}`);
      // The grid's last step may lie before the first scrape: the one after it does not.
      const request = { name: key, horizon: 600, now: now() + 10, maxSubjects: 1000, report };
      const series = await reader.read({
        ...request,
        signal: { ...signal, floor: undefined, step: undefined, history: undefined },
      });
      if (!MAY_BE_ABSENT.has(key)) assert.ok(series.length > 0, `${key}: ${reasons.join(', ')}`);
      assert.ok(!reasons.some((reason) => reason.startsWith('query_rejected')), reasons.join());
      const { minimum = Number.NEGATIVE_INFINITY, maximum } = signal;
      const most = typeof maximum === 'number' ? maximum : Number.POSITIVE_INFINITY;
      const values = series.flatMap((one) => [...one.values]).filter(Number.isFinite);
      assert.ok(
        values.every((value) => value >= minimum - 1e-9 && value <= most + 0.05),
        `${key}: ${values.find((value) => value < minimum || value > most)}`,
      );
    }
  });

test('the largest series are chosen by the server, and read on as if they were read anew', {
  skip,
}, async () => {
  const signal: SignalDefinition = {
    expr: 'namedprocess_namegroup_num_threads or node_memory_MemTotal_bytes or up{job="blackbox"}',
    unit: 'count',
    floor: 1,
  };
  const read = async (reader: HistoryReader, maxSubjects: number, at: number) => {
    const reasons: string[] = [];
    const report = (reason: string, detail: string) => void reasons.push(`${reason}: ${detail}`);
    const series = await reader.read({
      name: 'x',
      signal,
      horizon: 60,
      now: at,
      maxSubjects,
      report,
    });
    return { reasons, series };
  };
  const reader = createHistoryReader(querier);
  const all = await read(reader, 100, now());
  assert.ok(all.series.length >= 3);
  const later = now() + 2;
  await sleep(2_500);
  const cut = await read(reader, 2, later);
  assert.deepEqual(cut.reasons, [
    `subject_cap: ${all.series.length} series, the largest 2 are forecast: ` +
      "raise forecast.max_subjects or the signal's max_series",
  ]);
  assert.equal(cut.series.length, 2);
  const anew = await read(createHistoryReader(querier), 2, later);
  const plain = ({ series }: typeof cut) =>
    series.map(({ labels, start, values }) => ({ labels, start, values: [...values] }));
  assert.deepEqual(plain(cut), plain(anew));
});

test('limits by PromQL find their series', { skip }, async () => {
  const signals: Readonly<Record<string, SignalDefinition>> = loadPreset('cadvisor').signals;
  const limits: (number | undefined)[] = [];
  for (const key of ['container_memory', 'container_cpu']) {
    const signal = signals[key]!;
    const report = (reason: string, detail: string) => assert.fail(`${reason}: ${detail}`);
    const request = { signal, now: now(), hosts: new Map(), report };
    const { limit } = await readLevels(querier, request);
    const points = await querier.instant(promqlOf(signal, 'expr'), now());
    assert.deepEqual(
      points.map(({ labels }) => [labels.namespace, labels.pod, labels.container]),
      [['shop', 'app-1', 'app']],
      'neither the pause container nor a slice',
    );
    limits.push(limit(points[0]!.labels));
  }
  assert.deepEqual(limits, [1e9, 1]);
});

test('features of all presets are read together, groups beside the host that they run on', {
  skip,
}, async () => {
  const { features, memory_history } = combinePresets(PRESET_NAMES, NO_CHANGES);
  const reader = createFeatureReader({ querier, sources: features, memoryHistory: memory_history });
  const reading = await reader.read(now());
  assert.deepEqual(reading.unavailable, []);
  const hosts = buildFeatureTable(reading);
  const byJob = (job: string) => hosts.find(({ subject }) => subject.job === job);
  const prometheus = byJob('host')?.groups.find(({ subject }) => subject.group === 'prometheus');
  const known = (name: FeatureName) => prometheus?.value(name);
  assert.ok(known('group_anonymous_memory_bytes')! > 1e6, 'from process-exporter');
  assert.ok(known('host_memory_total_bytes')! > 1e6, 'from node_exporter');
  const container = byJob('kubelet')?.groups[0];
  assert.equal(container?.subject.group, 'shop/app-1/app');
  assert.ok(Math.abs(container.value('group_cgroup_throttled_ratio')! - 0.4) < 0.05);
  assert.equal(container.value('group_cgroup_memory_used_ratio'), 0.6);
  assert.ok((byJob('latency-guard-exporter')?.groups.length ?? 0) > 0, 'from our exporter');
});
