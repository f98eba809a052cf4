import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ConfigError } from '../service/config.ts';
import { RULES } from './bottleneck/list.ts';
import { combinePresets, loadAnalyzerConfig, loadPreset } from './config.ts';

test('every mistake is told at once', () => {
  const text = 'cycle: 5s\nsignals:\n  load:\n    expr: x\n    unit: apples\n    stop: 1m\n';
  withFile('analyzer.yml', text, (file) =>
    assert.throws(
      () => loadAnalyzerConfig(file, {}),
      ({ problems }: ConfigError) => {
        assert.equal(problems.length, 3, problems.join('\n'));
        return true;
      },
    ),
  );
});

test('what cannot be forecast as it is written is refused, with its place', () => {
  const check = (signal: string, ...problems: RegExp[]) =>
    withFile('analyzer.yml', `signals: {load: {expr: x, ${signal}}}\n`, (file) =>
      assert.throws(
        () => loadAnalyzerConfig(file, {}),
        ({ problems: found }: ConfigError) => {
          assert.equal(found.length, problems.length, found.join('\n'));
          for (const [index, problem] of problems.entries()) assert.match(found[index]!, problem);
          return true;
        },
      ),
    );
  check('history: 30d', /signals\.load\.history: makes steps of 21m26s, .* horizon 10m/);
  check('step: 1h', /signals\.load\.step: makes steps of 1h/);
  check('season: 7d', /signals\.load\.season: makes steps of 25m12s/);
  check('horizons: [1h, 60m]', /horizon is given twice/);
  check('levels: [0.8, 0.8]', /level is given twice/);
  withFile('analyzer.yml', 'signals: {load: {expr: x, history: 30d, horizons: [24h]}}\n', (file) =>
    assert.equal(loadAnalyzerConfig(file, {}).signals.load?.history, 30 * 86_400),
  );
  withFile('analyzer.yml', 'forecast: {horizons: [1h, 60m]}\n', (file) =>
    assert.throws(() => loadAnalyzerConfig(file, {}), /given twice/),
  );
});

test('a signal is added, changed and disabled by name', () => {
  const text = [
    'signals:',
    '  load: {expr: node_load1, step: 5m, season: 24h, max_series: 7, direction: down}',
    '  host_cpu: {limit: 0.95}',
    '  host_memory: {expr: my_memory}',
    '  filesystem: {enabled: false}',
  ].join('\n');
  withFile('analyzer.yml', text, (file) => {
    const config = loadAnalyzerConfig(file, {});
    const { signals } = combinePresets(['latency-guard'], config);
    assert.equal(signals.filesystem, undefined);
    assert.equal(signals.host_cpu?.limit, 0.95);
    assert.match(signals.host_cpu?.record ?? '', /guard_cpu_used/);
    assert.deepEqual(
      [signals.host_memory?.expr, signals.host_memory?.record, signals.host_memory?.limit],
      ['my_memory', undefined, 0.8],
    );
    const { unit, step, season, maxSeries, direction } = signals.load!;
    assert.deepEqual(
      [unit, step, season, maxSeries, direction],
      ['other', 300, [86_400], 7, 'down'],
    );
  });
});

function withFile<T>(name: string, text: string, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'guard-config-'));
  try {
    const file = join(folder, name);
    writeFileSync(file, text);
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('without a file everything has a default', () => {
  const config = loadAnalyzerConfig(undefined, {});
  assert.equal(config.prometheus.url, 'http://127.0.0.1:9090');
  assert.deepEqual(config.forecast.horizons, [600, 3600, 86_400]);
  assert.equal(config.thresholds.cpu_saturation.host_used_ratio, 0.8);
});

test('the commented example is valid and says the defaults', () => {
  const example = new URL('analyzer.yml', import.meta.url).pathname;
  assert.deepEqual(loadAnalyzerConfig(example, {}), loadAnalyzerConfig(undefined, {}));
});

test('the command line wins over the file', () => {
  const text = 'prometheus: {url: "http://file:9090/"}\ncycle_interval: 10s\n';
  withFile('analyzer.yml', text, (file) => {
    assert.equal(loadAnalyzerConfig(file, {}).prometheus.url, 'http://file:9090');
    const config = loadAnalyzerConfig(file, { prometheusUrl: 'http://flag:1', cycleInterval: 2 });
    assert.deepEqual([config.prometheus.url, config.cycle_interval], ['http://flag:1', 2]);
  });
});

test('a shard is i/n, in the file or, before it, on the command line', () => {
  withFile('analyzer.yml', 'shard: 1/3\n', (file) => {
    assert.deepEqual(loadAnalyzerConfig(file, {}).shard, { index: 1, count: 3 });
    const shard = { index: 0, count: 2 };
    assert.deepEqual(loadAnalyzerConfig(file, { shard }).shard, shard);
  });
});

test('each mistake has its message', () => {
  const check = (text: string, want: RegExp) =>
    withFile('analyzer.yml', text, (file) =>
      assert.throws(() => loadAnalyzerConfig(file, {}), want, text),
    );
  check('prometheus: {uri: x}', /analyzer\.yml:1: prometheus\.uri: unknown key/);
  check('cycle_interval: 100ms', /cycle_interval: "100ms" is out of range/);
  check('forecast: {horizons: []}', /forecast\.horizons/);
  check('forecast: {horizons: [5s]}', /forecast\.horizons\[0\]: "5s" is out of range/);
  check('alertmanager: {urls: [am:9093]}', /alertmanager\.urls\[0\]: expected a URL/);
  check('thresholds: {cpu_saturation: {host_used_ratio: 80}}', /host_used_ratio/);
  check('thresholds: {cpu: {}}', /thresholds\.cpu: unknown key/);
  check('presets: [nagios]', /presets: expected auto, or a list of latency-guard, node-exporter/);
  check('presets: []', /presets/);
  check('shard: 3/3', /shard: shards count from 0: expected 0\/3 to 2\/3/);
  check('shard: all', /shard: expected i\/n or auto\/n/);
  check('prometheus: {scrape_interval: 1h}', /scrape_interval: "1h" is out of range/);
  check('signals: {load: {expression: x}}', /signals\.load\.expression: unknown key/);
  check('signals: {Load: {expr: x}}', /signals\.Load: expected a name such as host_cpu/);
  check('signals: {load: {limit: 3}}', /analyzer\.yml:1: signals\.load: expr is missing, and no/);
  check('signals: {load: {expr: x, season: [7d, 24h]}}', /season: expected the shorter season/);
  check('signals: {load: {expr: x, models: [oracle]}}', /models\[0\]: expected ensemble, arima/);
  check('signals: {load: {expr: x, levels: [95]}}', /levels\[0\]: expected a level between/);
  check('signals: {load: {expr: x, direction: left}}', /direction: expected up, down/);
  check('signals: {load: {expr: x, step: 100ms}}', /step: "100ms" is out of range/);
  check('signals: {load: {expr: x, max_series: 0}}', /max_series/);
  check('signals: {load: {expr: x, limit: []}}', /limit: expected a number, the name of a feature/);
  check(
    'presets: [blackbox]\nsignals: {host_cpu: {limit: 1}}',
    /signals\.host_cpu: expr is missing/,
  );
});

test('the preset provides every feature that some rule needs', () => {
  const { features } = loadPreset('latency-guard');
  const needed = RULES.flatMap(({ needs }) => needs);
  assert.deepEqual(
    needed.filter((name) => !(name in features)),
    [],
  );
});
