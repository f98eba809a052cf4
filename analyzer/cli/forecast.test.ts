// `guard forecast` and `guard backtest` as processes against a real Prometheus whose past is known.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { BacktestReport } from '../report/backtest-report.ts';
import {
  END,
  guard,
  type PastPrometheus,
  startPastPrometheus,
} from './past-prometheus.contract.ts';

const DISK = 'instance_mountpoint:guard_filesystem_used:ratio';
const folder = mkdtempSync(join(tmpdir(), 'guard-forecast-'));
let past: PastPrometheus;
before(async () => {
  past = await startPastPrometheus();
});
after(async () => {
  await past.stop();
  rmSync(folder, { recursive: true });
});

const forecast = (query: string, ...flags: string[]) =>
  guard('forecast', query, `--prometheus.url=${past.url}`, `--at=${END}`, ...flags);
const backtest = (...flags: string[]) =>
  guard('backtest', `--prometheus.url=${past.url}`, `--to=${END}`, ...flags);

test('a chart in 80 columns, the dates and the tested errors; a limit that will be reached exits 1', async () => {
  const flags = ['--limit=0.9', '--unit=ratio', '--maximum=1', '--horizon=2d'];
  const { status, stdout, stderr } = await forecast(DISK, ...flags);
  assert.deepEqual([status, stderr], [1, '']);
  assert.ok(!stdout.includes('\u001b'), 'no colour without a terminal');
  for (const line of stdout.split('\n')) assert.ok([...line].length <= 80, line);
  assert.match(stdout, /●[\s\S]*now[\s\S]*times in UTC/);
  // 0.88 at the end, 0.02375 a day: 0.9 is reached after 0.84 days, on November 15th at about 20:12.
  assert.match(stdout, /When it reaches 90 %/);
  assert.match(stdout, /88 % .* 11-15 (19|20|21):\d\d/);
  assert.match(stdout, /MASE +MAPE +RMSE +OWA/);
});

test('a limit that will not be reached exits 0, and JSON has every path', async () => {
  const { status, stdout } = await forecast('orders', '--limit=2000', '--output=json');
  assert.equal(status, 0);
  const [series] = JSON.parse(stdout).series;
  assert.equal(series.forecast.timestamps[0], END + 900);
  assert.equal(series.forecast.p50.length, 96);
  assert.deepEqual(series.timeToThreshold, { p10: null, p50: null, p90: null });
  assert.ok(series.backtest.mase < 1, String(series.backtest.mase));
});

test('what cannot be told exits 2 and says why', async () => {
  const cases: [readonly string[], RegExp][] = [
    [['nothing_here'], /No such series: .* nothing_here in the last 14 d/],
    [['short_lived', '--step=15m'], /short_lived|job="x": history_too_short/],
    [['gone'], /job="x": series_ended/],
    [['up(('], /HTTP 400.*parse error/],
    [['orders', '--horizon=soon'], /expected a duration/],
    [['orders', '--horizon=90d', '--step=1m'], /at most 1000: choose a longer step/],
    [['orders', '--levels=95'], /between 0 and 1/],
    [['orders', '--prometheus.url=http://127.0.0.1:1'], /ECONNREFUSED.*--prometheus\.url/],
  ];
  for (const [[query = '', ...flags], problem] of cases) {
    const { status, stdout, stderr } = await forecast(query, ...flags);
    assert.deepEqual([status, stdout], [2, ''], stderr);
    assert.match(stderr, problem);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test('a query is replayed over its past: figures, dates and a page', async () => {
  const html = join(folder, 'page.html');
  const flags = ['--query=orders', '--from=4d', '--origins=5', '--limit=600', `--html=${html}`];
  const from = `--from=${END - 4 * 86_400}`;
  const { status, stdout } = await backtest(...flags.with(1, from), '--output=json');
  assert.equal(status, 0);
  const [subject] = (JSON.parse(stdout) as BacktestReport).subjects;
  assert.equal(subject?.origins.length, 5);
  assert.ok(subject.origins.every((origin) => origin + subject.horizon <= END));
  assert.equal(subject.all?.points, 5 * 96);
  assert.ok(subject.all.mape !== null && subject.all.mape < 0.2, String(subject.all.mape));
  assert.ok((subject.threshold?.hits ?? 0) >= 3, JSON.stringify(subject.threshold));
  assert.match(readFileSync(html, 'utf8'), /<svg[\s\S]*class="limit"/);
});

test("a built-in signal is replayed by the engine's own code", async () => {
  const from = `--from=${END - 3 * 86_400}`;
  const signal = ['--signal=filesystem', '--horizon=24h', '--origins=3'];
  const { status, stdout, stderr } = await backtest(from, ...signal);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /filesystem\n {2}24 h ahead, step 24 min, 1 series, 3 origins/);
  assert.match(stdout, /model +forecasts +MASE/);
});

test('a backtest that cannot be made exits 2', async () => {
  const cases: [readonly string[], RegExp][] = [
    [['--signal=nope', '--from=1600000000'], /No signal "nope"; there are .*host_cpu/],
    [['--query=orders', `--from=${END}`], /--from is not before --to/],
    [['--query=orders', `--from=${END - 3600}`], /less than the horizon/],
    [['--config.file=/nowhere.yml', '--from=1600000000'], /nowhere\.yml: cannot be read/],
    [['--from=yesterday'], /expected a date/],
  ];
  for (const [flags, problem] of cases) {
    const { status, stderr } = await backtest(...flags);
    assert.equal(status, 2, stderr);
    assert.match(stderr, problem);
  }
});
