// What can be checked of these files without the programs that read them.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { logsSchema } from '../../analyzer/cli/logs-config.ts';
import { loadConfig } from '../../service/config.ts';

const HERE = import.meta.dirname;
const read = (name: string) => readFileSync(join(HERE, name), 'utf8');
const FOLDER = '/var/log/latency-guard/*.log';

test('every shipper reads the same files, and has a bounded buffer', () => {
  const filebeat = parse(read('filebeat.yml'), { uniqueKeys: true }) as Record<string, never>;
  assert.match(JSON.stringify(filebeat['filebeat.inputs']), new RegExp(RegExp.escape(FOLDER)));
  assert.ok(filebeat['queue.disk']);
  const fluent = parse(read('fluent-bit.yaml')) as {
    pipeline: { inputs: { path: string }[]; outputs: Record<string, unknown>[] };
  };
  assert.equal(fluent.pipeline.inputs[0]?.path, FOLDER);
  assert.ok(fluent.pipeline.outputs[0]?.['storage.total_limit_size']);
  assert.ok(read('config.alloy').includes(FOLDER));
  assert.ok(read('logrotate.conf').includes(FOLDER));
});

test('every brace of the Alloy configuration is closed, and every component that is named is there', () => {
  const text = read('config.alloy').replaceAll(/"(\\.|[^"\\])*"/g, (whole) =>
    whole.replaceAll(/[{}]/g, ''),
  );
  assert.equal(text.split('{').length, text.split('}').length);
  for (const [, name] of text.matchAll(/(\w+\.\w+\.\w+)\.(?:receiver|targets)/g)) {
    const [first, second, label] = name!.split('.');
    assert.ok(text.includes(`${first}.${second} "${label}" {`), name);
  }
});

test('what Prometheus sends on is a configuration that promtool accepts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-logging-'));
  try {
    const file = join(folder, 'prometheus.yml');
    writeFileSync(file, read('prometheus-remote-write.yml'));
    execFileSync('promtool', ['check', 'config', file]);
    const { remote_write } = parse(read('prometheus-remote-write.yml')) as {
      remote_write: { url: string }[];
    };
    const metricbeat = parse(read('metricbeat.yml')) as {
      'metricbeat.modules': { port: number }[];
    };
    const { port } = metricbeat['metricbeat.modules'][0]!;
    assert.equal(remote_write[0]?.url, `http://127.0.0.1:${port}/write`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the example of guard logs is valid', () => {
  const { directories } = loadConfig(logsSchema, join(HERE, 'logs.yml'));
  assert.equal(directories[0]?.retention, 90 * 86_400);
});

const skip = spawnSync('logrotate', ['--version']).error && 'logrotate is not installed';

test('logrotate accepts its snippet', { skip: skip ?? false }, () => {
  const { status, stderr } = spawnSync('logrotate', ['--debug', join(HERE, 'logrotate.conf')], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /error:/);
});
