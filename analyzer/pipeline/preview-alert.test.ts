// Alerts tried on a past that is known, with a real Prometheus: how often, since when, and with other thresholds.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  END,
  guard,
  type PastPrometheus,
  startPastPrometheus,
} from '../cli/past-prometheus.contract.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import type { Querier } from '../prometheus/querier.ts';
import { PreviewRequestError, previewAlert } from './preview-alert.ts';
import { type PreviewedRule, previewRule } from './preview-threshold.ts';

const DAY = 86_400;
const STEP = 15;
const CPU = 'instance:guard_cpu_used:ratio_rate1m';
const FILESYSTEM = 'instance_mountpoint:guard_filesystem_used:ratio';
const START = END - 2 * DAY;

/** When a host of the past is how busy; everything else is 10 %. Seconds after START. */
const BUSY = [
  { instance: 'a', from: 3600, seconds: 600, value: 0.83 },
  { instance: 'a', from: 30_000, seconds: 60, value: 0.99 },
  { instance: 'a', from: 60_000, seconds: 1800, value: 0.95 },
  { instance: 'b', from: 90_000, seconds: 900, value: 0.91 },
];

let past: PastPrometheus;
let querier: Querier;
before(async () => {
  past = await startPastPrometheus(pastText());
  querier = createPrometheusClient({ url: past.url, timeoutMs: 60_000 });
});
after(() => past.stop());

function pastText(): string {
  const lines: string[] = [];
  const series = (name: string, labels: string, valueAt: (second: number) => number) => {
    for (let second = 0; second <= 2 * DAY; second += STEP)
      lines.push(`${name}{job="e",${labels}} ${valueAt(second)} ${START + second}`);
  };
  lines.push(`# TYPE ${CPU} gauge`);
  for (const instance of ['a', 'b'])
    series(CPU, `instance="${instance}"`, (second) => {
      const busy = BUSY.find(
        (one) => one.instance === instance && second >= one.from && second < one.from + one.seconds,
      );
      return busy?.value ?? 0.1;
    });
  lines.push(`# TYPE ${FILESYSTEM} gauge`);
  // Passes 90 % after a day and never comes back.
  series(FILESYSTEM, 'instance="a",mountpoint="/var"', (second) => 0.85 + (0.05 * second) / DAY);
  return `${lines.join('\n')}\n# EOF\n`;
}

const preview = (alert: string, changes: Record<string, string> = {}) =>
  previewAlert(querier, { alert, changes, from: START, to: END });

test('as it is and with another limit: what was too short fires in neither', async () => {
  const [warning, ...more] = await preview('GuardHostCpuHigh', { warning: '90%' });
  assert.equal(more.length, 0);
  assert.deepEqual(
    [warning?.severity, warning?.now.count, warning?.now.subjects],
    ['warning', 3, 2],
  );
  assert.equal(warning?.changed.count, 2);
  const [latest, earlier] = warning!.changed.firings;
  assert.deepEqual(
    [latest?.labels.instance, earlier?.labels.instance, latest?.isOpen],
    ['b', 'a', false],
  );
  // After the two minutes of its "for".
  assert.ok(Math.abs(latest!.from - (START + 90_000 + 120)) <= STEP, String(latest!.from - START));
  assert.ok(Math.abs(latest!.to - (START + 90_900)) <= STEP, String(latest!.to - START));
});

test('"for" counts: longer, and the ten minutes are none; shorter, and the one minute is one', async () => {
  const [longer] = await preview('GuardHostCpuHigh', { 'warning.hold': '12m' });
  assert.equal(longer?.changed.count, 2);
  const [shorter] = await preview('GuardHostCpuHigh', { 'warning.hold': '15s' });
  assert.equal(shorter?.changed.count, 4);
});

test('each severity has its own, what did not change is asked once, and what still fires is open', async () => {
  const [warning, critical] = await preview('GuardFilesystemFilling', { critical: '94%' });
  assert.equal(warning?.changed, warning?.now);
  assert.deepEqual([warning?.now.count, critical?.now.count, critical?.changed.count], [1, 0, 1]);
  assert.equal(critical?.changed.firings[0]?.isOpen, true);
  assert.equal(critical?.changed.firings[0]?.to, END);
});

test('an alert that fires from before the range to after it is one firing that began with the range', async () => {
  const from = END - 6 * 3600;
  const request = { alert: 'GuardFilesystemFilling', changes: {}, from, to: END };
  const [warning] = await previewAlert(querier, request);
  assert.deepEqual([warning?.now.count, warning?.now.firings[0]?.from], [1, from]);
});

test('the answers come in parts, and a firing across two of them is one', async () => {
  const rule: PreviewedRule = {
    ...{ alert: 'Whole', severity: 'info', expr: `${CPU}{instance="b"} > 0`, holdSeconds: 60 },
  };
  const range = { from: START, to: END, evaluationSeconds: 5 };
  const whole = await previewRule(querier, rule, range);
  assert.ok((END - START) / whole.stepSeconds > 11_000, 'more points than one answer has');
  assert.deepEqual([whole.count, whole.firingSeconds > 2 * DAY - 120], [1, true]);
});

test('what cannot be tried says why', async () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['GuardNothing', {}, /no alert GuardNothing; there are GuardHostCpuHigh/],
    [
      'GuardHostCpuHigh',
      { critical: '99%' },
      /host_cpu has no "critical"; there are warning, warning\.hold/,
    ],
    ['GuardHostCpuHigh', { warning: 'much' }, /expected a number, a share such as 80%/],
    ['GuardHostCpuHigh', { 'warning.hold': '0s' }, /duration above 0/],
  ];
  for (const [alert, changes, message] of cases)
    await assert.rejects(preview(alert, changes), (error) => {
      assert.ok(error instanceof PreviewRequestError);
      assert.match(error.message, message);
      return true;
    });
  const long = { alert: 'GuardPingTargetDown', changes: {}, from: END - 90 * DAY, to: END };
  await assert.rejects(previewAlert(querier, long), /too long a range.*at most \d+ days/);
  const wide = {
    alert: 'All',
    severity: 'info',
    expr: 'vector(1) > 0 and on () up(',
    holdSeconds: 0,
  };
  const range = { from: START, to: END, evaluationSeconds: 15 };
  await assert.rejects(previewRule(querier, wide, range), /parse error/);
});

test('guard rules preview: a table of both, the firings, and JSON', async () => {
  const ask = (...more: string[]) =>
    guard(
      'rules',
      'preview',
      'GuardHostCpuHigh',
      `--prometheus.url=${past.url}`,
      `--to=${END}`,
      '--over=2d',
      ...more,
    );
  const { status, stdout, stderr } = await ask('--threshold', 'warning=90%');
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /warning +as it is +3 times +2 /);
  assert.match(stdout, /warning +warning=90% +2 times +2 /);
  assert.match(stdout, /latest first:\n +11-1\d \d\d:\d\d +for 12\.\d min +instance="b"/);
  const json = await ask('--output=json');
  const { severities } = JSON.parse(json.stdout);
  assert.deepEqual([severities[0].now.count, severities[0].changed.count], [3, 3]);
  const wrong = await ask('--threshold=90%');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /expected name=value/);
  const nobody = await guard(
    'rules',
    'preview',
    'GuardHostCpuHigh',
    '--prometheus.url=http://127.0.0.1:1',
  );
  assert.equal(nobody.status, 2);
  assert.match(nobody.stderr, /ECONNREFUSED.*--prometheus\.url/);
});
