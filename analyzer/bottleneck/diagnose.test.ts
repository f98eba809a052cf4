import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdviser, runtimeOf } from './advice.ts';
import { cpuSaturation } from './cpu-saturation.ts';
import { diagnose } from './diagnose.ts';
import { GUILTY } from './guilty.contract.ts';
import { RULES } from './list.ts';
import {
  type FeatureValues,
  hostWith,
  judgeWith,
  NOW,
  type Surroundings,
} from './rule.contract.ts';
import { thresholdsSchema } from './thresholds.ts';

const thresholds = thresholdsSchema.parse({});
const run = (values: FeatureValues, around: Surroundings = {}, prices = {}) =>
  diagnose([hostWith(values, around)], RULES, {
    now: NOW,
    thresholds: thresholdsSchema.parse({ prices }),
  });
/** Two threads among ten other busy processes on two CPUs: load 12. */
const CROWD: FeatureValues = {
  host_cpu_count: 2,
  host_cpu_used_ratio: 1,
  group_cpu_cores: 0.33,
  group_running_threads: 0.33,
  group_runnable_threads: 1.67,
};
const one = (cores: number, waiting: number): FeatureValues => ({
  group_cpu_cores: cores,
  group_running_threads: cores,
  group_runnable_threads: waiting,
});
const ten = Object.fromEntries(
  Array.from({ length: 10 }, (_, index) => [`busy${index}`, one(0.167, 0.833)]),
);

test('among ten other busy processes a hog of two threads is blamed, and alone', () => {
  const { verdicts } = run(CROWD, { others: ten });
  const found = verdicts.filter(({ score }) => score >= 0.5);
  assert.deepEqual(
    found.map(({ kind, subject }) => [kind, subject.group]),
    [['cpu_saturation', 'shop']],
  );
  assert.equal(found[0]!.victims?.length, 5);
  assert.match(
    found[0]!.victims![0]!.text,
    /busy\d has 0.833 threads waiting for a CPU on average/,
  );
  assert.match(found[0]!.victims![0]!.promql, /group_runnable_threads\{.*group="busy/);
});

test('a low-priority job is no CPU saturation: it fills idle CPUs, or gets what is left', () => {
  const batch = (values: FeatureValues, others = {}) =>
    judgeWith(cpuSaturation, hostWith({ ...CROWD, ...values }, { others }).groups[0]!)!.score;
  const alone = { ...one(1.95, 2), host_cpu_nice_ratio: 0.97, group_busiest_thread_ratio: 0.98 };
  assert.ok(batch(alone) < 0.5, 'alone on the host');
  const beside = { ...one(0.05, 7.95), host_cpu_nice_ratio: 0.025 };
  assert.ok(batch(beside, { hog: one(1.95, 0.1) }) < 0.5, 'starved by ordinary work');
  const hog = { ...one(1.95, 0.05), host_cpu_nice_ratio: 0.02 };
  assert.ok(batch(hog, { batch: one(0.04, 7.9) }) >= 0.5, 'ordinary work beside it is the cause');
  const halves = { ...one(1, 3), host_cpu_nice_ratio: 0.5 };
  assert.ok(batch(halves, { web: one(1, 1) }) >= 0.5, 'nice that does not hold it back');
});

test('stolen time is not blamed on a group', () => {
  const values = { ...one(1.1, 0.9), host_cpu_count: 2, host_cpu_used_ratio: 1 };
  const kinds = (steal: number) =>
    run({ ...values, host_cpu_steal_ratio: steal })
      .verdicts.filter(({ score }) => score >= 0.5)
      .map(({ kind }) => kind);
  assert.deepEqual(kinds(0), ['cpu_saturation']);
  assert.deepEqual(kinds(0.45), ['cpu_steal']);
});

test('every kind is found on a host that has it, and no other', () => {
  for (const [kind, values] of Object.entries(GUILTY)) {
    const { verdicts } = run(values);
    const found = new Set(verdicts.filter(({ score }) => score >= 0.5).map((each) => each.kind));
    assert.deepEqual([...found], [kind]);
  }
});

test('what changed shortly before is told', () => {
  const before = { group_start_time_seconds: NOW - 120, group_info_versions: 2 };
  const [verdict] = run({ ...GUILTY.fd_exhaustion, ...before }).verdicts.filter(
    ({ score }) => score >= 0.5,
  );
  assert.deepEqual(
    verdict!.changes?.map(({ text }) => text),
    ['shop was started 2 min ago', 'shop had 2 programs, units or images in the last 15 min'],
  );
  const old = { group_start_time_seconds: NOW - 5_000, group_info_versions: 1 };
  const quiet = run({ ...GUILTY.fd_exhaustion, ...old }).verdicts.find(({ score }) => score >= 0.5);
  assert.deepEqual(quiet!.changes, []);
});

test('advice speaks of the runtime, with the price of capacity where one is known', () => {
  const info = { exe: '/usr/lib/jvm/bin/java' };
  const values = { ...GUILTY.cpu_throttling, group_info: 1 };
  const advice = (prices: object) =>
    run(values, { info }, prices).verdicts.find(({ score }) => score >= 0.5)!.suggestions;
  const ids = advice({}).map(({ id }) => id);
  assert.ok(ids.includes('jvm_active_processors') && !ids.includes('node_worker_count'));
  assert.equal(advice({})[0]!.cost, undefined);
  const [raise] = advice({ core_per_month: 25 });
  assert.equal(raise!.cost, '1 CPU: about 25 EUR a month');
  assert.ok(advice({}).every(({ effect, effort }) => effect !== undefined && effort !== undefined));
});

test('a runtime is told by the program, else by the group’s name; it never changes a score', () => {
  assert.equal(runtimeOf({ exe: '/usr/bin/python3.11' }), 'python');
  assert.equal(runtimeOf({ exe: '/usr/sbin/nginx (deleted)' }), 'nginx');
  assert.equal(runtimeOf({}, 'node:shop/server.js'), 'node');
  assert.equal(runtimeOf({ exe: '/opt/javalike' }, 'javac'), 'generic');
  const scores = (name: string) => run(CROWD, { name, others: ten }).verdicts.map((v) => v.score);
  assert.deepEqual(scores('node'), scores('anything'));
});

test('at most six suggestions, surest first', () => {
  const subject = hostWith({ group_cpu_cores: 1 }).groups[0]!;
  const advice = Array.from({ length: 9 }, (_, index) => ({
    id: `a${index}`,
    text: 't',
    reason: 'r',
    effect: 'e',
    effort: 'hours' as const,
    confidence: index / 10,
  }));
  const chosen = createAdviser(thresholds.prices)(advice, subject).map(({ id }) => id);
  assert.deepEqual(chosen, ['a8', 'a7', 'a6', 'a5', 'a4', 'a3']);
});

test('a feature that no group has is reported, one that some lack is not', () => {
  const { unavailable } = run({ group_fd_used_ratio: 0.1 });
  const of = (signal: string) =>
    unavailable.filter((each) => each.signal === signal).map(({ reason }) => reason);
  assert.ok(of('io_bound').includes('missing_group_disk_wait_threads'));
  assert.deepEqual(of('fd_exhaustion'), []);
  assert.deepEqual(of('dependency_slow'), ['no_probe']);
  const { unavailable: partly } = run(
    { group_fd_used_ratio: 0.1 },
    { others: { blind: { group_cpu_cores: 0 } } },
  );
  assert.ok(!partly.some(({ signal }) => signal === 'fd_exhaustion'));
});
