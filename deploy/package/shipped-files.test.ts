// What gets into an artifact, case by case.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isShippedData, isShippedModuleFile, isShippedSource } from './shipped-files.ts';

function check(is: (file: string) => boolean, cases: Readonly<Record<string, boolean>>): void {
  for (const [file, want] of Object.entries(cases)) assert.equal(is(file), want, file);
}

test('sources: what runs, and no tests', () => {
  check(isShippedSource, {
    'exporter/main.ts': true,
    'exporter/flamegraph.css': true,
    'service/bcrypt-thread.mjs': true,
    'analyzer/presets/latency-guard.yml': true,
    'analyzer/console/dist/assets/main.js': true,
    'analyzer/console/app/main.tsx': false,
    'analyzer/console/build.ts': false,
    'exporter/main.test.ts': false,
    'exporter/metrics.golden.test.ts': false,
    'exporter/live-exporter.contract.ts': false,
    'exporter/fixtures/proc/1/stat': false,
    'exporter/fixtures/config.yml': false,
  });
});

test('data: rules, dashboards, routes, pages', () => {
  check(isShippedData, {
    'rules/recording.yml': true,
    'rules/alert-rules.ts': true,
    'rules/recording_test.yml': false,
    'rules/rules.test.ts': false,
    'grafana/dashboards/json/host.json': true,
    'grafana/dashboards/host.ts': false,
    'alertmanager/alertmanager.yml': true,
    'alertmanager/templates/guard.tmpl': true,
    'alertmanager/amtool.ts': false,
    'docs/runbooks/io_bound.md': true,
  });
});

test('npm packages: what runs and what the licence asks for', () => {
  check(isShippedModuleFile, {
    'pino/lib/tools.js': true,
    'pino/package.json': true,
    'pino/LICENSE': true,
    'pino/docs/LICENSE.md': true,
    'a/NOTICE.md': true,
    'pino/README.md': false,
    'pino/pino.d.ts': false,
    'pino/test/basic.test.js': false,
    'pino/docs/api.md': false,
    'a/lib/test/index.js': true,
    'test/index.js': true,
    '@scope/test/index.js': true,
    '@scope/a/test/index.js': false,
    'a/node_modules/b/test/index.js': false,
    'a/node_modules/b/index.js': true,
    'a/index.js.map': false,
    '.package-lock.json': false,
    '.bin/pino': false,
    'a/node_modules/.bin/b': false,
  });
});
