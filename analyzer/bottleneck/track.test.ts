import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Verdict } from '../series/finding.ts';
import { REMEMBER_RESOLVED_SECONDS, type TrackedFinding, trackFindings } from './track.ts';

const verdict = (
  score: number,
  group = 'hog',
  severity: Verdict['severity'] = 'warning',
): Verdict => ({
  kind: 'cpu_saturation',
  subject: { instance: 'a:10910', group },
  score,
  confidence: 1,
  severity,
  evidence: [{ text: `score ${score}`, promql: 'up' }],
  suggestions: [],
});

/** Plays one score per 5 s cycle and answers the state after each. */
function play(scores: readonly number[]): (string | undefined)[] {
  let findings: TrackedFinding[] = [];
  return scores.map((score, index) => {
    findings = trackFindings(findings, [verdict(score)], { now: index * 5, hold: 10, clear: 15 });
    return findings[0]?.state;
  });
}

test('a score that holds fires, a short one does not', () => {
  assert.deepEqual(play([0.9, 0.9, 0.9, 0.9]), ['pending', 'pending', 'firing', 'firing']);
  assert.deepEqual(play([0.9, 0.2, 0.9]), ['pending', undefined, 'pending']);
  assert.deepEqual(play([0.49, 0.3]), [undefined, undefined]);
});

test('a firing finding survives a dip and is resolved after the score stayed low', () => {
  assert.deepEqual(play([0.9, 0.9, 0.9, 0.1, 0.9, 0.1, 0.1, 0.1]).slice(2), [
    'firing',
    'firing',
    'firing',
    'firing',
    'firing',
    'resolved',
  ]);
});

test('between the two scores a firing finding stays and a new one does not begin', () => {
  assert.deepEqual(play([0.45, 0.9, 0.9, 0.9, 0.45, 0.45, 0.45, 0.45, 0.45]).at(-1), 'firing');
});

test('a fading finding keeps its last convincing evidence, and its since', () => {
  let findings: TrackedFinding[] = [];
  for (const [now, score] of [
    [0, 0.9],
    [10, 0.8],
    [15, 0.1],
  ] as const) {
    findings = trackFindings(findings, [verdict(score)], { now, hold: 10, clear: 15 });
  }
  const [finding] = findings;
  assert.equal(finding?.state, 'firing');
  assert.equal(finding?.score, 0.1);
  assert.equal(finding?.evidence[0]?.text, 'score 0.8');
  assert.equal(finding?.since, 0);
});

test('a subject that vanished is resolved, remembered for a while and then forgotten', () => {
  let findings: TrackedFinding[] = [];
  const cycle = (now: number, verdicts: Verdict[]) => {
    findings = trackFindings(findings, verdicts, { now, hold: 0, clear: 15 });
    return findings.map(({ state }) => state);
  };
  assert.deepEqual(cycle(0, [verdict(0.9)]), ['firing']);
  assert.deepEqual(cycle(20, []), ['resolved']);
  assert.deepEqual(cycle(20 + REMEMBER_RESOLVED_SECONDS - 1, []), ['resolved']);
  assert.deepEqual(cycle(20 + REMEMBER_RESOLVED_SECONDS, []), []);
});

test('a resolved finding that comes back is the same finding with a new beginning', () => {
  let findings: TrackedFinding[] = [];
  for (const [now, score] of [
    [0, 0.9],
    [20, 0],
    [60, 0.9],
  ] as const) {
    findings = trackFindings(findings, [verdict(score)], { now, hold: 0, clear: 15 });
  }
  assert.deepEqual(
    findings.map(({ state, since }) => ({ state, since })),
    [{ state: 'firing', since: 60 }],
  );
});

test('firing before pending, severe before mild, high before low', () => {
  const options = { now: 0, hold: 0, clear: 15 };
  const first = trackFindings(
    [],
    [verdict(0.6, 'b'), verdict(0.9, 'c', 'info'), verdict(0.8, 'a')],
    options,
  );
  const findings = trackFindings(
    first,
    [verdict(0.6, 'b'), verdict(0.9, 'c', 'info'), verdict(0.8, 'a'), verdict(1, 'new')],
    {
      ...options,
      now: 5,
      hold: 10,
    },
  );
  assert.deepEqual(
    findings.map(({ subject }) => subject.group),
    ['a', 'b', 'c', 'new'],
  );
});

test('a finding of which nothing could be read stays as it is, for five minutes', () => {
  const options = { hold: 0, clear: 10, isUnread: () => true };
  let findings = trackFindings([], [verdict(0.9)], { ...options, now: 0 });
  findings = trackFindings(findings, [], { ...options, now: 250 });
  assert.deepEqual([findings[0]?.state, findings[0]?.score], ['firing', 0.9]);
  findings = trackFindings(findings, [], { ...options, now: 310 });
  assert.equal(findings[0]?.state, 'resolved');
});
