import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import { toAlert } from './alert.ts';

const annotationsOf = (subject: Labels) => {
  const finding = {
    kind: 'dependency_slow',
    subject,
    score: 0.7,
    confidence: 0.8,
    severity: 'warning',
    state: 'firing',
    since: 900,
    changed: 900,
    evidence: [{ text: 'it is slow', promql: 'up' }],
    suggestions: [],
  } as unknown as Finding;
  const options = { now: 1000, resendInterval: 5, alertname: 'GuardDependencySlow', runbooks: 'r' };
  return toAlert(finding, options)!.annotations;
};

test('an alert is about the process group, and links to its page', () => {
  const { summary, dashboard } = annotationsOf({ group: 'shop & co', instance: 'h:1', job: 'j' });
  assert.equal(summary, 'shop & co on h:1: dependency slow');
  assert.equal(dashboard, '/d/guard-group?var-instance=h%3A1&var-group=shop%20%26%20co');
});

test('what is no group has its own name, and the page of the host', () => {
  const { summary, dashboard } = annotationsOf({ probe: 'api', instance: 'h:1', job: 'j' });
  assert.equal(summary, 'api on h:1: dependency slow');
  assert.equal(dashboard, '/d/guard-host?var-instance=h%3A1');
});
