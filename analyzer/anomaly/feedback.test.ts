import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Feedback,
  learnFeedback,
  MAX_LABELS,
  NO_FEEDBACK,
  scoreFeedback,
  thresholdFactor,
} from './feedback.ts';

const series = { job: 'j', instance: 'a', group: 'web' };
const label = (more: Partial<Feedback>): Feedback => ({
  signal: 'group_cpu',
  labels: { instance: 'a', group: 'web' },
  verdict: 'noise',
  at: 1000,
  alarm: { since: 900, peak: 1.1 },
  ...more,
});
const after = (...labels: Feedback[]) => labels.reduce(learnFeedback, NO_FEEDBACK);

test('noise raises the threshold above what it scored, within bounds', () => {
  assert.equal(thresholdFactor(after(label({})), 'group_cpu', series), 1.25);
  const loud = after(label({ alarm: { since: 900, peak: 4 } }));
  assert.ok(thresholdFactor(loud, 'group_cpu', series) > 4);
  const often = after(...Array.from({ length: 50 }, () => label({})));
  assert.equal(thresholdFactor(often, 'group_cpu', series), 10);
});

test('real lowers it a little, a missed event more, within bounds', () => {
  const real = thresholdFactor(after(label({ verdict: 'real' })), 'group_cpu', series);
  const missed = thresholdFactor(
    after(label({ verdict: 'real', alarm: undefined })),
    'group_cpu',
    series,
  );
  assert.ok(missed < real && real < 1);
  const often = after(...Array.from({ length: 50 }, () => label({ verdict: 'real' })));
  assert.equal(thresholdFactor(often, 'group_cpu', series), 0.5);
});

test('other series and signals keep theirs; a label without labels is for all', () => {
  const state = after(label({}));
  assert.equal(thresholdFactor(state, 'group_cpu', { ...series, group: 'db' }), 1);
  assert.equal(thresholdFactor(state, 'group_memory', series), 1);
  assert.equal(thresholdFactor(after(label({ labels: {} })), 'group_cpu', { group: 'db' }), 1.25);
});

test('precision, recall, F1 and time to detect of each signal', () => {
  const [scores, ...others] = scoreFeedback(
    after(
      label({ verdict: 'real', began: 840 }),
      label({ verdict: 'real', began: 880 }),
      label({ verdict: 'real' }),
      label({}),
      label({ verdict: 'real', alarm: undefined }),
    ),
  );
  assert.deepEqual(others, []);
  assert.deepEqual([scores?.real, scores?.noise, scores?.missed], [3, 1, 1]);
  assert.deepEqual([scores?.precision, scores?.recall, scores?.f1], [0.75, 0.75, 0.75]);
  assert.equal(scores?.timeToDetectSeconds, 40);
});

test('what cannot be computed is not a number', () => {
  const [scores] = scoreFeedback(after(label({ alarm: undefined })));
  assert.ok(Number.isNaN(scores?.precision) && Number.isNaN(scores?.recall));
  assert.ok(Number.isNaN(scores?.timeToDetectSeconds));
});

test('labels are bounded, what they taught stays', () => {
  const many = after(
    label({ signal: 'first' }),
    ...Array.from({ length: MAX_LABELS }, (_, at) => label({ at })),
  );
  assert.equal(many.labels.length, MAX_LABELS);
  assert.equal(thresholdFactor(many, 'first', series), 1.25);
});
