import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderBacktestPage } from './backtest-page.ts';
import type { Scores, SubjectReport } from './backtest-report.ts';
import { timeTicks, valueTicks } from './svg-axes.ts';

const scores: Scores = {
  forecasts: 3,
  points: 6,
  mase: 0.5,
  mape: null,
  smape: 0.1,
  rmse: 1536,
  owa: 0.75,
  coverage: [{ level: 0.8, ratio: 0.79 }],
  msis: null,
  naiveWinsRatio: 0,
};
const times = [1_700_000_000, 1_700_003_600, 1_700_007_200];
const subject: SubjectReport = {
  ...{ signal: 'a<script>"&', unit: 'bytes', horizon: 7200, step: 3600, season: null },
  ...{ origins: [times[0]!], series: 1, all: scores, byModel: [{ model: 'arima', ...scores }] },
  threshold: null,
  errorByStep: [1, 2],
  yardstickErrorByStep: [2, Number.NaN],
  absent: [{ reason: 'no_data', detail: '<b>', count: 2 }],
  examples: [
    {
      labels: { group: '</svg><img src=x onerror=alert(1)>' },
      limit: 5,
      actual: times.map((time, index) => [time, index] as const),
      forecasts: [{ model: 'arima', times, median: [1, 2, 3], bands: [] }],
    },
  ],
};
const page = (changes: Partial<SubjectReport> = {}) =>
  renderBacktestPage({
    from: 0,
    to: 1e9,
    source: 'http://x',
    subjects: [{ ...subject, ...changes }],
  });

test('the page loads nothing, and what comes from labels stays text', () => {
  const html = page();
  assert.doesNotMatch(html, /<script|<img|<link|url\(|@import|(src|href)="/);
  assert.match(html, /a&lt;script&gt;&quot;&amp;/);
});

test('figures, chart and absences are there; what cannot be computed is a dash', () => {
  const html = page();
  for (const part of [
    /0\.50/,
    /1\.5 KiB/,
    /79 %/,
    /<svg/,
    /at 2 origins: no_data: &lt;b&gt;/,
    /class="median" d="M/,
  ])
    assert.match(html, part);
  assert.match(html, /<td>–<\/td>/);
  assert.doesNotMatch(html, /NaN|Infinity|undefined/);
});

test('without any score the page says so', () => {
  const html = page({ all: null, byModel: [], examples: [] });
  assert.match(html, /No forecast could be held against what came/);
});

test('the ticks of an axis are round', () => {
  assert.deepEqual(valueTicks({ low: 0.03, high: 0.97 }), [0.2, 0.4, 0.6000000000000001, 0.8]);
  assert.deepEqual(valueTicks({ low: 7, high: 7 }).length > 0, true);
  const ticks = timeTicks({ low: 1_700_000_000, high: 1_700_086_400 });
  assert.ok(ticks.length >= 4 && ticks.length <= 10 && ticks.every((at) => at % 3600 === 0));
});
