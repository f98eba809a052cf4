import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES } from './bottleneck/list.ts';
import { loadAnalyzerConfig, loadPreset } from './config.ts';
import { promqlOf } from './features/feature.ts';

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
});

test('the preset provides every feature that some rule needs', () => {
  const { features } = loadPreset('latency-guard');
  const needed = RULES.flatMap(({ needs }) => needs);
  assert.deepEqual(
    needed.filter((name) => !(name in features)),
    [],
  );
});

test('every query of the preset is PromQL that Prometheus accepts', () => {
  const { features, signals, memory_history } = loadPreset('latency-guard');
  const sources = [...Object.values(features), ...Object.values(signals), memory_history];
  const exprs = sources.flatMap((source) => [
    promqlOf(source, 'record'),
    promqlOf(source, 'expr'),
    promqlOf(source, 'record', { instance: 'a', group: 'b' }),
    `avg_over_time((${promqlOf(source, 'expr')})[60s:])`,
  ]);
  const rules = exprs.map((expr, index) => ({ record: `check:${index}`, expr }));
  const file = JSON.stringify({ groups: [{ name: 'preset', rules }] });
  withFile('preset.yml', file, (path) => {
    assert.match(
      execFileSync('promtool', ['check', 'rules', '--lint=none', path], { encoding: 'utf8' }),
      /SUCCESS/,
    );
  });
});
