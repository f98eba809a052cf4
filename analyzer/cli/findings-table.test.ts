import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FindingView, RunwayView } from './analyzer-client.ts';
import { describeRunway, renderExplanation, renderFindings, renderTop } from './findings-table.ts';
import { createPaint } from './paint.ts';

const look = { columns: 80, paint: createPaint({}, {}), now: 1_700_000_100 };
const finding: FindingView = {
  id: 'finding-1',
  kind: 'io_bound',
  subject: { job: 'guard', instance: 'a:1', group: 'db\u001b[2J' },
  score: 0.8,
  confidence: 0.9,
  severity: 'warning',
  state: 'firing',
  since: 1_700_000_000,
  evidence: [{ text: 'waits for the disk', promql: 'x > 1' }],
  suggestions: [{ id: 'y', text: 'Move it', reason: 'the disk is busy' }],
};
const runway: RunwayView = {
  signal: 'filesystem',
  labels: { job: 'guard', mountpoint: '/' },
  unit: 'ratio',
  value: 0.85,
  limit: 0.9,
  secondsP10: 3600,
  secondsP50: 7200,
  secondsP90: null,
};
const status = { state: 'ok', reason: null, groups: 3, forecasts: 4 } as const;

test('labels cannot move the cursor', () => {
  const top = renderTop({ status, findings: [finding], runway: [runway] }, look, 24);
  for (const lines of [renderFindings([finding], look), renderExplanation(finding, look), top])
    assert.ok(!lines.join('').includes('\u001b'));
});

test('the screen fits its rows and columns', () => {
  const many = Array.from({ length: 50 }, () => finding);
  const lines = renderTop({ status, findings: many, runway: [runway] }, look, 24);
  assert.ok(lines.length <= 24, String(lines.length));
  for (const line of lines) assert.ok([...line].length <= 80, line);
});

test('an explanation has evidence, PromQL, advice and runbook', () => {
  const text = renderExplanation(finding, look).join('\n');
  for (const part of [
    /waits for the disk/,
    /x > 1/,
    /1\. Move it/,
    /the disk is busy/,
    /runbooks\/io_bound\.md/,
  ])
    assert.match(text, part);
  assert.match(text, /firing for 1\.67 min/);
});

test('what more is known is told: hints, what moves with it, changes, the learned verdict', () => {
  const claim = { text: 'a \u001b[2Jclaim', promql: 'q' };
  const learned = { kind: 'none', probability: 0.7, agreement: 0.1, model: 4, counts: false };
  const rich: FindingView = {
    ...finding,
    ...{ changes: [claim], victims: [claim], correlated: [claim], learned },
    hints: [{ text: 'logged: x', promql: '', shownBy: 'journalctl --since=@1' }],
    untold: ['no earlier version'],
  };
  const lines = renderExplanation(rich, look);
  for (const part of [
    'Who waits because of it',
    'What changed before',
    'Hints',
    '    journalctl --since=@1',
    'What moves with it (no proof of a cause)',
    '  no earlier version',
    'Learned model 4 says none (0.70; 0.10 for this kind); it does not count: it has not beaten the rules',
  ])
    assert.ok(lines.includes(part), part);
  assert.ok(!lines.join('').includes('\u001b'));
  assert.ok(!renderExplanation(finding, look).includes('Hints'), 'nothing known, nothing said');
});

test('a date is told with its band, and what is over already as such', () => {
  assert.equal(
    describeRunway(runway),
    'filesystem mountpoint="/": 85 % of 90 %, reached in about 2 h (60 min to never)',
  );
  assert.match(describeRunway({ ...runway, secondsP50: 0 }), /reached now$/);
  assert.match(describeRunway({ ...runway, secondsP50: null }), /not reached within/);
});

test('nothing open is said, resolved ones are not ranked', () => {
  assert.deepEqual(renderFindings([], look), ['No bottleneck is open.']);
  const resolved = { ...finding, state: 'resolved' as const };
  const lines = renderTop({ status, findings: [resolved], runway: [] }, look, 24);
  assert.ok(lines.includes('Bottlenecks: none now'));
});
