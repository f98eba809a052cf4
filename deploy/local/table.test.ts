import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertView, FindingView, LoopState } from './loop-state.ts';
import { renderChanges, renderSummary, renderTable } from './table.ts';
import { columnsOf } from './text.ts';

const finding = (over: Partial<FindingView> = {}): FindingView => ({
  kind: 'cpu_saturation',
  subject: { group: 'demo-cpu-hog', instance: '127.0.0.1:10910', job: 'latency-guard-exporter' },
  score: 0.934,
  state: 'firing',
  since: 900,
  evidence: [{ text: 'demo-cpu-hog uses 1.9 of 2 CPUs' }],
  suggestions: [{ text: 'Profile the hot path' }],
  ...over,
});
const alert: AlertView = {
  labels: { alertname: 'GuardCpuSaturation', severity: 'warning', group: 'demo-cpu-hog' },
  startsAt: '1970-01-01T00:15:50Z',
  status: { state: 'active' },
};
const state: LoopState = {
  atSeconds: 1000,
  status: { state: 'ok', reason: null, cycles: 9, groups: 23, forecasts: 40 },
  findings: [finding()],
  runway: [
    {
      signal: 'filesystem',
      labels: { mountpoint: '/' },
      value: 0.72,
      limit: 0.9,
      unit: 'ratio',
      secondsP10: 7200,
      secondsP50: 15_000,
      secondsP90: null,
    },
  ],
  alerts: [alert],
  troubles: [],
};

test('the table ranks, explains, advises, and says what runs out and who was told', () => {
  assert.deepEqual(renderTable(state, 100), [
    'Latency Guard · analyzer ok · 23 process groups, 40 forecasts',
    '',
    'Bottlenecks   kind            process group            state    since',
    '  score 0.93  cpu_saturation  demo-cpu-hog             firing   1m40s',
    '    why: demo-cpu-hog uses 1.9 of 2 CPUs',
    '    try: Profile the hot path',
    '',
    'Next to run out',
    '  filesystem /: 72 % of 90 %, limit reached in about 4h10m (2h to never)',
    '',
    'Alerts in Alertmanager',
    '  GuardCpuSaturation (warning) demo-cpu-hog, for 50s',
  ]);
});

test('no line is wider than the terminal, whatever the names are', () => {
  const wild = finding({
    subject: { group: `漢字${'y'.repeat(300)}` },
    evidence: [{ text: '漢'.repeat(200) }],
  });
  for (const width of [20, 33, 40, 79, 200]) {
    for (const line of renderTable({ ...state, findings: [wild] }, width)) {
      assert.ok(columnsOf(line) <= width, `${width}: ${line}`);
    }
  }
  assert.ok(renderTable(state, 1).every((line) => columnsOf(line) <= 20));
});

test('a name cannot move the cursor, ring the bell, break the line or turn the text around', () => {
  const group = 'a\u001b[2Jb\u0007c\nd\u202ee\u0085f\u200bg';
  const evil = {
    ...state,
    findings: [finding({ subject: { group }, evidence: [{ text: group }], kind: 'x\ry' })],
    runway: [{ ...state.runway![0]!, labels: { group } }],
    alerts: [{ ...alert, labels: { alertname: group, severity: group } }],
    troubles: [group],
  };
  const outputs = [...renderTable(evil, 200), ...renderChanges(undefined, evil)];
  for (const line of [...outputs, renderSummary(evil)]) {
    assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u, JSON.stringify(line));
  }
  assert.ok(outputs.some((line) => line.includes('a·[2Jb·c·d·e·f·g')));
});

test('what could not be read is unknown, not none', () => {
  const dark = { atSeconds: 1000, troubles: ['analyzer status: GET http://a: ECONNREFUSED'] };
  const text = renderTable(dark, 100).join('\n');
  assert.match(text, /analyzer does not answer/);
  assert.match(text, /no answer from analyzer status: GET http:\/\/a: ECONNREFUSED/);
  assert.match(text, /Bottlenecks: unknown/);
  assert.match(text, /Next to run out: unknown/);
  assert.match(text, /Alerts: unknown/);
  assert.doesNotMatch(text, /none/);
});

test('without an Alertmanager alerts are not called unknown', () => {
  const alone = { ...state, alerts: undefined, alertsGoNowhere: true };
  assert.equal(
    renderTable(alone, 100).at(-1),
    'Alerts: no Alertmanager (--alertmanager.url names one)',
  );
  assert.match(renderSummary(alone), /; no Alertmanager$/);
});

test('warming up is said with its reason; a list that is too long with its rest', () => {
  const status = { ...state.status!, state: 'warming_up', reason: 'needs 10 min of history' };
  const text = renderTable({ ...state, status, findings: [] }, 100).join('\n');
  assert.match(text, /analyzer warming up: needs 10 min of history/);
  assert.match(text, /Bottlenecks: none yet, still warming up/);
  const many = Array.from({ length: 11 }, (_, index) =>
    finding({ subject: { group: `g${index}` } }),
  );
  assert.match(renderTable({ ...state, findings: many }, 100).join('\n'), /… and 3 more/);
});

test('without a terminal only changes are lines', () => {
  assert.deepEqual(renderChanges(undefined, state), [
    'analyzer ok',
    'cpu_saturation in demo-cpu-hog is firing, score 0.93; why: demo-cpu-hog uses 1.9 of 2 CPUs; try: Profile the hot path',
    'alert in Alertmanager: GuardCpuSaturation (warning) demo-cpu-hog',
  ]);
  const later = { ...state, atSeconds: 1002, findings: [finding({ score: 0.91 })] };
  assert.deepEqual(renderChanges(state, later), [], 'a score that moves is no news');
  assert.deepEqual(renderChanges(state, { ...state, findings: [], alerts: [] }), [
    'cpu_saturation in demo-cpu-hog is gone',
    'alert no longer in Alertmanager: GuardCpuSaturation (warning) demo-cpu-hog',
  ]);
});

test('an alert that gets worse is not called gone', () => {
  const worse = { ...alert, labels: { ...alert.labels, severity: 'critical' } };
  const both = { ...state, alerts: [alert, worse] };
  const want = 'alert in Alertmanager: GuardCpuSaturation (critical) demo-cpu-hog';
  assert.deepEqual(renderChanges(state, { ...state, alerts: [worse] }), [want]);
  assert.deepEqual(renderChanges(state, both), [want]);
  assert.deepEqual(renderChanges(both, { ...state, alerts: [worse] }), []);
});

test('an analyzer that stops answering is one line, and nothing is called gone for it', () => {
  const dark = { atSeconds: 1004, alerts: state.alerts, troubles: ['analyzer status: down'] };
  assert.deepEqual(renderChanges(state, dark), [
    'analyzer does not answer',
    'no answer from analyzer status: down',
  ]);
  assert.deepEqual(renderChanges(dark, dark), []);
});

test('the summary is one line', () => {
  assert.equal(
    renderSummary(state),
    'analyzer ok; 1 bottleneck, first cpu_saturation in demo-cpu-hog (score 0.93); next to run out: filesystem /: 72 % of 90 %, limit reached in about 4h10m (2h to never); 1 active alert',
  );
  assert.match(
    renderSummary({ atSeconds: 0, troubles: [] }),
    /bottlenecks unknown; alerts unknown/,
  );
});

test('what is over its limit already is said so', () => {
  const [first] = state.runway ?? [];
  assert.ok(first);
  const over = { ...first, secondsP10: 0, secondsP50: 0, secondsP90: 0 };
  assert.match(
    renderSummary({ ...state, runway: [over] }),
    /filesystem \/: .* over its limit now;/,
  );
});

test('findings about two probes of one host are two, told once each by their names', () => {
  const slow = (probe: string) =>
    finding({ kind: 'dependency_slow', subject: { probe, instance: 'a', job: 'j' } });
  const both = { ...state, findings: [slow('api'), slow('search')] };
  const news = renderChanges({ ...state, findings: [] }, both).join('\n');
  assert.match(news, /dependency_slow in api/);
  assert.match(news, /dependency_slow in search/);
  assert.deepEqual(renderChanges(both, both), []);
});
