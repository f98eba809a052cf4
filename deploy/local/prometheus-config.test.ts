import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { findRuleFiles, renderPasteConfig, renderPrometheusConfig } from './prometheus-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-prometheus-config-'));
after(() => rmSync(folder, { recursive: true }));

const targets = {
  exporter: '127.0.0.1:10910',
  analyzer: '127.0.0.1:10911',
  prometheus: '127.0.0.1:9090',
  alertmanagerUrl: 'http://127.0.0.1:9093',
};

test('promtool accepts the file, with a plain Alertmanager and with one behind a path', () => {
  const rules = join(folder, 'a.yml');
  writeFileSync(rules, 'groups: []\n');
  for (const alertmanagerUrl of [targets.alertmanagerUrl, 'https://alerts.example/team/am/']) {
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, renderPrometheusConfig({ ...targets, alertmanagerUrl }, [rules]));
    const answer = execFileSync('promtool', ['check', 'config', file], { encoding: 'utf8' });
    assert.match(answer, /SUCCESS/);
  }
});

test('the jobs are the four that rules and dashboards name, only the analyzer’s labels are honoured', () => {
  const config = parse(renderPrometheusConfig(targets, []));
  const jobs = config.scrape_configs.map((job: Record<string, unknown>) => [
    job.job_name,
    job.honor_labels ?? false,
  ]);
  assert.deepEqual(jobs, [
    ['latency-guard-exporter', false],
    ['latency-guard-analyzer', true],
    ['prometheus', false],
    ['alertmanager', false],
  ]);
  assert.equal(config.global.scrape_interval, '5s');
  assert.equal(config.global.evaluation_interval, '5s');
});

test('an Alertmanager elsewhere keeps its scheme and path', () => {
  const alertmanagerUrl = 'https://alerts.example/team/am/';
  const config = parse(renderPrometheusConfig({ ...targets, alertmanagerUrl }, []));
  const [alertmanager] = config.alerting.alertmanagers;
  assert.equal(alertmanager.scheme, 'https');
  assert.equal(alertmanager.path_prefix, '/team/am');
  assert.deepEqual(alertmanager.static_configs, [{ targets: ['alerts.example'] }]);
  assert.equal(config.scrape_configs[3].metrics_path, '/team/am/metrics');
});

test('what is pasted into another Prometheus brings its own interval', () => {
  const pasted = parse(renderPasteConfig(targets, ['/rules/a.yml']));
  assert.deepEqual(Object.keys(pasted), ['scrape_configs', 'rule_files', 'remote_read']);
  for (const job of pasted.scrape_configs) assert.equal(job.scrape_interval, '5s');
});

test('tests of rules are no rules', () => {
  const rules = mkdtempSync(join(folder, 'rules-'));
  for (const name of ['b.yml', 'a.yml', 'a_test.yml', 'readme.md']) {
    writeFileSync(join(rules, name), '');
  }
  assert.deepEqual(findRuleFiles(rules), [join(rules, 'a.yml'), join(rules, 'b.yml')]);
  assert.deepEqual(findRuleFiles(join(folder, 'nowhere')), []);
});
