// CloudWatch: what the preset forecasts is what the configuration of YACE asks for, under the names that YACE gives it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { loadPreset } from '../../analyzer/config.ts';

interface Job {
  readonly type: string;
  readonly regions: readonly string[];
  readonly period: number;
  readonly length: number;
  readonly metrics: readonly { readonly name: string; readonly statistics: readonly string[] }[];
}

const config = parse(readFileSync(join(import.meta.dirname, 'yace.yml'), 'utf8')) as {
  apiVersion: string;
  discovery: { jobs: readonly Job[] };
};
const asked = config.discovery.jobs.flatMap(({ type, metrics }) =>
  metrics.flatMap(({ name, statistics }) =>
    statistics.map((statistic) => metricName({ type, name, statistic })),
  ),
);

/** As YACE names them: aws_<namespace>_<metric in snake case>_<statistic>. */
function metricName(metric: { type: string; name: string; statistic: string }): string {
  const snake = metric.name
    .replaceAll(/([a-z])([A-Z0-9])/g, '$1_$2')
    .replaceAll(/(\d)([A-Z])/g, '$1_$2')
    .toLowerCase();
  const namespace = metric.type.replace('AWS/', '').toLowerCase();
  return `aws_${namespace}_${snake}_${metric.statistic.toLowerCase()}`;
}

test('names are made as YACE documents and its users show them', () => {
  const name = (type: string, metric: string, statistic: string) =>
    metricName({ type, name: metric, statistic });
  assert.equal(name('AWS/EC2', 'CPUUtilization', 'Average'), 'aws_ec2_cpuutilization_average');
  assert.equal(
    name('AWS/ApplicationELB', 'HTTPCode_Target_5XX_Count', 'Sum'),
    'aws_applicationelb_httpcode_target_5_xx_count_sum',
  );
  assert.equal(
    name('AWS/RDS', 'FreeStorageSpace', 'Minimum'),
    'aws_rds_free_storage_space_minimum',
  );
});

test('every metric of the preset is asked for, and every one that is asked for is used', () => {
  const text = Object.values(loadPreset('yace').signals)
    .map(({ expr }) => expr)
    .join('\n');
  const used = [...new Set(text.match(/\baws_\w+/g))];
  assert.ok(used.length > 10);
  assert.deepEqual(used.sort(), [...asked].sort());
});

test('each job looks far enough back for a period that is complete', () => {
  assert.equal(config.apiVersion, 'v1alpha1');
  for (const { type, period, length, regions } of config.discovery.jobs) {
    assert.match(type, /^AWS\/\w+$/);
    assert.ok(length >= 2 * period, type);
    assert.ok(regions.length > 0, type);
  }
});

test('no signal is looked at more finely than CloudWatch tells it', () => {
  for (const [name, { step, horizons = [] }] of Object.entries(loadPreset('yace').signals)) {
    assert.equal(step, 300, name);
    assert.ok(
      horizons.every((seconds) => seconds >= 3_600),
      name,
    );
  }
});
