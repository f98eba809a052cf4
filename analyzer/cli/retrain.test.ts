// The real commands: labels out of a real Prometheus' past, training, figures, versions, going back.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { generateLabels } from '../learning/generated-labels.contract.ts';
import { formatLabels, parseLabels } from '../learning/labelled-row.ts';
import { END, guard, startPastPrometheus } from './past-prometheus.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-retrain-'));
after(() => rmSync(folder, { recursive: true }));
const [models, labels] = [join(folder, 'models'), join(folder, 'labels.jsonl')];

test('labels become a model with figures, the next a second version, and roll-back takes the first', async () => {
  writeFileSync(
    labels,
    formatLabels(generateLabels({ seed: 1, cases: 10, windows: 4, missed: 0.7 })),
  );
  const run = (...args: string[]) => guard('retrain', '--models', models, ...args);
  const first = await run('--labels', labels, '--trees', '20');
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stdout, /^Model 1 of \d+ windows is in use/);
  assert.match(first.stdout, /macro F1 +\d\.\d\d +\d\.\d\d/);
  assert.match(first.stdout, /It takes part in the ranking: better than the rules/);
  const second = await run('--labels', labels, '--trees', '20', '--seed', '2', '--output', 'json');
  assert.equal(JSON.parse(second.stdout).version, 2);
  const list = await run('--list', '--output', 'json');
  const inUse = (stdout: string) =>
    JSON.parse(stdout).models.map(({ inUse: used }: { inUse: boolean }) => used);
  assert.deepEqual(inUse(list.stdout), [false, true]);
  assert.match((await run('--roll-back')).stdout, /Model 1 is in use/);
  assert.deepEqual(inUse((await run('--list', '--output', 'json')).stdout), [true, false]);
  const worse = join(folder, 'worse.jsonl');
  writeFileSync(worse, formatLabels(generateLabels({ seed: 1, cases: 2, windows: 4, missed: 0 })));
  const kept = await run('--labels', worse, '--trees', '20');
  assert.match(
    kept.stdout,
    /^Model 3 of \d+ windows is saved, not in use: model 1 has beaten the rules/,
  );
  const none = await run('--roll-back');
  assert.deepEqual(
    [none.status, none.stderr.trim()],
    [1, `${models}: there is no earlier version`],
  );
});

test('mistakes are told and change nothing', async () => {
  const other = join(folder, 'other');
  const bad = join(folder, 'bad.jsonl');
  writeFileSync(bad, '{"case":"a"}\n');
  const fails = async (want: RegExp, ...args: string[]) => {
    const { status, stderr } = await guard('retrain', '--models', other, ...args);
    assert.equal(status, 1);
    assert.match(stderr, want);
  };
  await fails(/bad\.jsonl: line 1: kind/, '--labels', bad);
  await fails(/cannot be read: ENOENT/, '--labels', join(folder, 'nowhere'));
  await fails(/Say one of --labels FILE, --list, --roll-back/);
  await fails(/Say one of/, '--list', '--roll-back');
  await fails(/there is no version 7; there are none/, '--roll-back', '7');
  await fails(/whole number/, '--labels', labels, '--seed', 'x');
});

/** Ten minutes in which one group waits for the disk and another works. */
function pastText(): string {
  const host = 'job="guard",instance="a:10910"';
  const series: [string, number][] = [
    [`guard_cpu_seconds_total{${host},cpu="0",mode="idle"}`, 0.5],
    [`guard_cpu_seconds_total{${host},cpu="0",mode="user"}`, 0.5],
    [`guard_process_cpu_seconds_total{${host},group="db",mode="user"}`, 0.1],
    [`guard_process_cpu_seconds_total{${host},group="web",mode="user"}`, 0.4],
    [`guard_process_thread_seconds_total{${host},group="db",state="disk"}`, 1.5],
    [`guard_pressure_io_waiting_seconds_total{${host}}`, 0.8],
  ];
  let family = '';
  const lines = series.flatMap(([name, rate]) => {
    const own = name.replace(/\{.*/, '');
    const head = own === family ? [] : [`# TYPE ${own} unknown`];
    family = own;
    const samples = Array.from(
      { length: 121 },
      (_, i) => `${name} ${rate * 5 * i} ${END - 600 + 5 * i}`,
    );
    return [...head, ...samples];
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

test('an operator’s word becomes labelled windows out of the past, with what the rules said then', async (t) => {
  const server = await startPastPrometheus(pastText());
  t.after(() => server.stop());
  const file = join(folder, 'operator.jsonl');
  const range = ['--start', String(END - 300), '--end', String(END - 240), '--labels', file];
  const where = ['--prometheus.url', server.url];
  const done = await guard('label', 'io_bound', '--group', 'db', ...range, ...where);
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stdout, /^7 windows of io_bound, 7 of bystanders/);
  const { rows, problems } = parseLabels(readFileSync(file, 'utf8'));
  assert.deepEqual(problems, []);
  const guilty = rows.filter(({ kind }) => kind === 'io_bound');
  assert.equal(guilty.length, 7);
  for (const { rule, features } of guilty) {
    assert.equal(rule, 'io_bound', 'the rules said so, too');
    assert.ok(Math.abs(features.group_disk_wait_threads! - 1.5) < 0.01);
  }
  const nobody = await guard(
    'label',
    'io_bound',
    '--group',
    'ghost',
    '--others',
    '0',
    ...range,
    ...where,
  );
  assert.equal(nobody.status, 1);
  assert.match(nobody.stderr, /Nobody like \{"group":"ghost"\}/);
  const unknown = await guard('label', 'sadness', '--group', 'db', ...range, ...where);
  assert.match(unknown.stderr, /expected one of cpu_saturation/);
  const who = await guard('label', 'io_bound', ...range, ...where);
  assert.match(who.stderr, /Say who it was/);
});
