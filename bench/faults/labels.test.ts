import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { END, startPastPrometheus } from '../../analyzer/cli/past-prometheus.contract.ts';
import { parseLabels } from '../../analyzer/learning/labelled-row.ts';
import { labelOf, writeLabels } from './labels.ts';
import { CASES } from './list.ts';

const STEP_SECONDS = 5;
const PAST_SECONDS = 300;

/** Five minutes in which one group waits for the disk and another computes. */
function pastText(): string {
  const host = 'job="exporter",instance="a"';
  const rates: Readonly<Record<string, number>> = {
    [`guard_cpu_seconds_total{${host},cpu="0",mode="idle"}`]: 0.6,
    [`guard_cpu_seconds_total{${host},cpu="0",mode="user"}`]: 0.4,
    [`guard_process_cpu_seconds_total{${host},group="fio",mode="user"}`]: 0.1,
    [`guard_process_cpu_seconds_total{${host},group="web",mode="user"}`]: 0.3,
    [`guard_process_thread_seconds_total{${host},group="fio",state="disk"}`]: 3,
    [`guard_pressure_io_waiting_seconds_total{${host}}`]: 0.9,
  };
  const lines = Object.entries(rates).flatMap(([series, rate]) =>
    Array.from({ length: PAST_SECONDS / STEP_SECONDS + 1 }, (_, index) => {
      const seconds = index * STEP_SECONDS;
      return `${series} ${rate * seconds} ${END - PAST_SECONDS + seconds}`;
    }),
  );
  return `${lines.join('\n')}\n# EOF\n`;
}

test('of a fault the guilty has its kind and bystanders none; of a look-alike all have none', () => {
  for (const fault of CASES) {
    const label = labelOf(fault);
    assert.equal(label.case, fault.name);
    assert.equal(label.kind, fault.expected?.kind ?? 'none');
    assert.equal(label.blames.length > 0, fault.expected !== undefined);
    assert.ok(label.others > 0);
  }
});

test('the windows of a case are read out of the past from 30 s after its beginning, and appended', async (t) => {
  const server = await startPastPrometheus(pastText());
  t.after(() => server.stop());
  const folder = mkdtempSync(join(tmpdir(), 'guard-labels-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'labels.jsonl');
  const fault = CASES.find(({ name }) => name === 'io-bound')!;
  const played = { fault, prometheus: server.url, from: END - 90, to: END - 40 };
  // From 60 to 40 s before the end, every 5 s: five windows of two groups.
  assert.equal(await writeLabels(file, played), 10);
  assert.equal(await writeLabels(file, { ...played, to: END - 70 }), 0, 'over within 30 s');
  assert.equal(await writeLabels(file, played), 10);
  const { rows, problems } = parseLabels(readFileSync(file, 'utf8'));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [rows.length, rows.filter(({ kind }) => kind === 'io_bound').length],
    [20, 10],
    'the second run is appended',
  );
  for (const { kind, rule, features } of rows) {
    assert.equal(rule, kind, 'the rules said the same');
    if (kind === 'io_bound') assert.ok(Math.abs(features.group_disk_wait_threads! - 3) < 0.01);
  }
});

test('a Prometheus that does not answer is an error, and nothing is written', async () => {
  const file = join(tmpdir(), `guard-no-labels-${process.pid}.jsonl`);
  const [fault] = CASES;
  const played = { fault: fault!, prometheus: 'http://127.0.0.1:1', from: END - 90, to: END - 40 };
  await assert.rejects(writeLabels(file, played), { name: 'QueryError' });
  assert.throws(() => readFileSync(file), /ENOENT/);
});
