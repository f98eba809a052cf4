import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../../service/config.ts';
import { perfFailure } from '../../sources/perf-failure.ts';
import type { CreatePerfStat, PerfStatListener, PerfStatOptions } from '../../sources/perf-stat.ts';
import { createProcessDirectory } from '../process/directory.ts';
import { perfConfigSchema } from './config.ts';
import { createPerfCollector } from './perf.ts';

const { signal } = new AbortController();
const configOf = (yaml: string) => parseConfig(perfConfigSchema, yaml, 'test.yml');

function create(yaml = '') {
  const seen: { options?: PerfStatOptions; perf?: PerfStatListener } = {};
  const createPerfStat: CreatePerfStat = (options, listener) => {
    seen.options = options;
    seen.perf = listener;
    return { start() {}, async stop() {} };
  };
  const files = { paths: { procfs: '/proc' } };
  const processes = createProcessDirectory();
  const collector = createPerfCollector(configOf(yaml), { files, processes, createPerfStat });
  assert.ok(collector !== undefined && seen.options !== undefined && seen.perf !== undefined);
  const told = async () =>
    Object.fromEntries(
      (await collector.collect(signal)).map(({ name, samples }) => [
        name,
        samples.map(({ labels, value }) => [...Object.values(labels), value]),
      ]),
    );
  return { options: seen.options, perf: seen.perf, collector, told };
}

test('counters go on when the child is replaced', async () => {
  const { perf, told } = create();
  perf.line('10.0,100,,page-faults,20024150520,100.00,,');
  perf.line('10.0,20024.5,msec,cpu-clock,20024156700,100.00,2.002,CPUs utilized');
  perf.exited(perfFailure('killed'));
  perf.line('10.0,7,,page-faults,20024150520,100.00,,');
  perf.line('10.0,20000.5,msec,cpu-clock,20024156700,100.00,2.002,CPUs utilized');
  assert.deepEqual(await told(), {
    guard_perf_events_total: [['page-faults', 107]],
    guard_perf_cpu_clock_seconds_total: [[40.025]],
    guard_perf_unavailable: [],
  });
});

test('while there is no child the counters stand and the reason is told', async () => {
  const { perf, told } = create();
  perf.line('10.0,100,,page-faults,20024150520,100.00,,');
  perf.exited(perfFailure('ENOENT: spawn perf ENOENT'));
  const families = await told();
  assert.deepEqual(families.guard_perf_events_total, [['page-faults', 100]]);
  assert.deepEqual(families.guard_perf_unavailable, [['stat', 'not_installed', 1]]);
});

test('before the first report, without perf and without permission there are no counters of 0', async () => {
  const { perf, collector } = create();
  await assert.rejects(collector.collect(signal), { reason: 'starting' });
  perf.exited(
    perfFailure('Error: Access to performance monitoring and observability operations is limited'),
  );
  await assert.rejects(collector.collect(signal), {
    reason: 'permission_denied',
    message: /kernel\.perf_event_paranoid/,
  });
  perf.line('10.0,<not supported>,,cycles,0,100.00,,');
  await assert.rejects(collector.collect(signal), { reason: 'not_supported' });
});

test('an event that the machine does not offer is named once and has no counter', async () => {
  const { options, perf, told } = create('stat: {hardware: true}');
  assert.ok(options.events.includes('cycles'));
  for (const time of ['10.0', '20.0']) {
    perf.line(`${time},<not supported>,,cycles,0,100.00,,`);
    perf.line(`${time},5,,page-faults,20024150520,100.00,,`);
  }
  const families = await told();
  assert.deepEqual(families.guard_perf_events_total, [['page-faults', 10]]);
  assert.deepEqual(families.guard_perf_unavailable, [['cycles', 'not_supported', 1]]);
});

test('by default software events every 10 s, and nothing is recorded', () => {
  const { options } = create();
  assert.deepEqual(options, {
    events: ['context-switches', 'cpu-migrations', 'page-faults', 'major-faults', 'cpu-clock'],
    intervalMs: 10_000,
  });
  assert.equal(configOf('').record.enabled, false);
});

test('what is recorded is told even where nothing is counted', async () => {
  const { perf, told } = create('record: {enabled: true}');
  perf.exited(perfFailure('Permission denied'));
  const families = await told();
  assert.deepEqual(families.guard_perf_recordings_total, [[0]]);
  assert.deepEqual(families.guard_perf_unavailable, [['stat', 'permission_denied', 1]]);
});

test('with both parts off there is no collector', () => {
  const host = { files: { paths: { procfs: '/proc' } }, processes: createProcessDirectory() };
  assert.equal(createPerfCollector(configOf('stat: {enabled: false}'), host), undefined);
});

test('settings out of bounds are refused with their path', () => {
  const check = (yaml: string, want: RegExp) => assert.throws(() => configOf(yaml), want);
  check('stat: {interval: 10ms}', /stat\.interval: "10ms" is out of range/);
  check('stat: {events: [cycles]}', /stat\.events: unknown key/);
  check('record: {enabled: maybe}', /record\.enabled/);
  check('record: {duration: 31s}', /record\.duration: "31s" is out of range/);
  check('record: {interval: 1s}', /record\.interval: "1s" is out of range/);
  check('record: {frequency: 5000}', /record\.frequency/);
  check('record: {budget_ratio: 2}', /record\.budget_ratio/);
  check('record: {groups: web}', /record\.groups/);
  check('record: {top_symbols: 1000}', /record\.top_symbols/);
});
