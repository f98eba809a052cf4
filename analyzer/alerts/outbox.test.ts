import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Finding } from '../series/finding.ts';
import type { PostableAlert } from './alertmanager.ts';
import { createOutbox } from './outbox.ts';

const finding = (changes: Partial<Finding> = {}): Finding => ({
  kind: 'cpu_saturation',
  subject: { job: 'j', instance: 'a:10910', group: 'hog' },
  score: 0.93,
  confidence: 0.8,
  severity: 'warning',
  state: 'firing',
  since: 1_000,
  changed: 1_010,
  evidence: [
    { text: 'hog uses 2 of 2 CPUs', promql: 'group:guard_process_cpu:rate30s{group="hog"}' },
  ],
  suggestions: [{ id: 'profile', text: 'Profile it', reason: 'it is cheap' }],
  ...changes,
});

function outboxWith(failures: (string | undefined)[] = []) {
  const posts: PostableAlert[][] = [];
  const outbox = createOutbox({
    client: {
      urls: ['http://am'],
      send: async (alerts) => {
        posts.push([...alerts]);
        return [{ url: 'http://am', error: failures.shift() }];
      },
    },
    resendInterval: 30,
    runbooks: 'https://example.org/runbooks',
    alertnameOf: () => 'GuardCpuSaturation',
  });
  return { outbox, posts };
}

test('a firing finding is posted with stable labels and moving annotations', async () => {
  const { outbox, posts } = outboxWith();
  await outbox.publish([finding()], 1_020);
  const [alert] = posts[0]!;
  assert.deepEqual(alert?.labels, {
    alertname: 'GuardCpuSaturation',
    kind: 'cpu_saturation',
    severity: 'warning',
    job: 'j',
    instance: 'a:10910',
    group: 'hog',
  });
  assert.equal(alert?.startsAt, new Date(1_000_000).toISOString());
  assert.equal(alert?.endsAt, new Date(1_140_000).toISOString());
  assert.match(alert?.annotations.evidence ?? '', /hog uses 2 of 2 CPUs \[group:guard_process_cpu/);
  assert.match(alert?.annotations.suggestion ?? '', /Profile it — it is cheap/);
  assert.equal(alert?.annotations.score, '0.93');
  assert.equal(alert?.annotations.runbook_url, 'https://example.org/runbooks/cpu_saturation.md');
});

test('hints and changes travel as annotations, log lines stay at home', async () => {
  const { outbox, posts } = outboxWith();
  const hint = { about: 'x', source: 'prometheus', text: 'hash_row 70 %', promql: 'hot' } as const;
  const moves = { signal: 's', subject: {}, coefficient: 0.9, lagSeconds: 0 };
  const rich = finding({
    hints: [hint, { ...hint, source: 'journal', text: 'password=x', promql: '' }],
    correlated: [{ ...moves, text: 'batch moves with it', promql: 'batch' }],
    changes: [{ text: 'hog was started 2 min ago', promql: 'start' }],
  });
  await outbox.publish([rich], 1_020);
  const [alert] = posts[0]!;
  assert.equal(alert?.annotations.hints, '- hash_row 70 % [hot]\n- batch moves with it [batch]');
  assert.equal(alert?.annotations.changes, '- hog was started 2 min ago [start]');
});

test('a pending finding is not posted', async () => {
  const { outbox, posts } = outboxWith();
  assert.equal(await outbox.publish([finding({ state: 'pending' })], 1_020), undefined);
  assert.equal(posts.length, 0);
});

test('a firing alert is posted again only when the interval has passed, a resolved one at once', async () => {
  const { outbox, posts } = outboxWith();
  await outbox.publish([finding()], 1_020);
  await outbox.publish([finding({ score: 0.7 })], 1_025);
  assert.equal(posts.length, 1);
  await outbox.publish([finding()], 1_050);
  assert.equal(posts.length, 2);
  await outbox.publish([finding({ state: 'resolved', changed: 1_055 })], 1_055);
  assert.equal(posts[2]?.[0]?.endsAt, new Date(1_055_000).toISOString());
});

test('a failed post is tried again at the next call', async () => {
  const { outbox, posts } = outboxWith(['refused']);
  await outbox.publish([finding()], 1_020);
  await outbox.publish([finding()], 1_025);
  await outbox.publish([finding()], 1_030);
  assert.equal(posts.length, 2);
});

test('an alert whose labels are no longer sent is ended, repeated for five minutes and then dropped', async () => {
  const { outbox, posts } = outboxWith();
  await outbox.publish([finding()], 1_020);
  await outbox.publish([finding({ severity: 'critical' })], 1_025);
  assert.deepEqual(
    posts[1]?.map(({ labels, endsAt }) => [labels.severity, endsAt]),
    [
      ['critical', new Date(1_145_000).toISOString()],
      ['warning', new Date(1_025_000).toISOString()],
    ],
  );
  await outbox.publish([finding({ severity: 'critical' })], 1_325);
  assert.deepEqual(
    posts.at(-1)?.map(({ labels }) => labels.severity),
    ['critical'],
  );
});
