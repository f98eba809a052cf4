import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../service/log.ts';
import type { ActionRecord } from '../store/action-record.ts';
import { createStore } from '../store/store.ts';
import { remediationSchema } from './config.ts';
import { type Executor, ExecutorError, type Outcome } from './executor.ts';
import { playbookSchema } from './playbook.ts';
import { propose } from './proposal.ts';
import { createRemediation } from './remediation.ts';
import { whyWaiting } from './why-waiting.ts';

const playbook = playbookSchema.parse({
  ...{ name: 'heal', title: 'Heal it', match: { kinds: ['leak'] }, steps: ['Heal it'] },
  mode: 'approve',
  action: { executor: 'asked', parameters: {}, timeout: '60s' },
  rollback: { executor: 'asked', parameters: {}, timeout: '60s' },
  limits: { cooldown: '10m', attempts: 2 },
});
const config = remediationSchema.parse({ allow: { hosts: ['web*'] } });
const playbooks = [{ playbook, digest: 'd' }];
const NOW = 1_000;

function proposed(): ActionRecord {
  const alert = {
    ...{ id: 1, fingerprint: 'f', startsAt: '2026-01-01T00:00:00Z', status: 'firing' as const },
    ...{ source: 'alertmanager' as const, truncated: false, promql: 'up' },
    labels: { kind: 'leak', instance: 'web1:1' },
  };
  const action = propose(alert, { playbooks, config, outcomes: [], now: NOW });
  assert.ok(action?.command);
  return action;
}

type OutcomeOf = NonNullable<Executor['outcomeOf']>;

/** A store that an analyzer left behind while an action was `running`, and a new analyzer over it. */
async function takeOver(outcomeOf: OutcomeOf | undefined, state: 'running' | 'rolling_back') {
  const store = createStore(undefined);
  const action = { ...proposed(), state: 'approved' as const };
  await store.actions.add(action);
  const steps = [
    ['approved', 'running'],
    ...(state === 'running' ? [] : [['running', 'rolling_back']]),
  ] as const;
  for (const [from, to] of steps)
    await store.actions.begin(action.id, {
      from: from as 'approved',
      to: to as 'running',
      now: NOW,
      reason: 'begins',
    });
  const ran: string[] = [];
  const asked: Executor = {
    check: () => [],
    plan: async () => 'nothing',
    async run() {
      ran.push('run');
      return { result: 'done', reason: 'done', output: '' };
    },
    ...(outcomeOf && { outcomeOf }),
  };
  const paged: string[] = [];
  const loop = createRemediation({
    ...{ store, config, playbooks, executors: { asked } },
    querier: { instant: async () => [], range: async () => [] },
    clock: () => NOW + 5,
    log: createLogger({ name: 'test', level: 'error', format: 'logfmt' }),
    findings: () => [],
    escalate: (one) => void paged.push(one.state),
  });
  await loop.tick();
  await loop.idle();
  const after = await store.actions.get(action.id);
  await store.close();
  return { after, paged, ran };
}

const answer = (result: Outcome['result'], reason: string): Outcome => ({
  result,
  reason,
  output: 'job 7',
});

test('a run whose analyzer died is looked up where its outcome can be asked for', async () => {
  let asked = 0;
  const done = await takeOver(async () => {
    asked += 1;
    if (asked === 1) throw new ExecutorError('no_answer', 'restarting');
    return asked === 2 ? undefined : answer('done', 'done');
  }, 'running');
  assert.deepEqual([done.after?.state, done.after?.output], ['settling', 'job 7']);
  assert.deepEqual([done.paged, done.ran], [[], []], 'nobody is called, nothing runs again');
  const failed = await takeOver(async () => answer('permanent', 'state_failed'), 'running');
  assert.deepEqual([failed.after?.state, failed.paged], ['failed', ['failed']]);
});

test('without anybody to ask, or with an answer that does not come, a person is called', async () => {
  const nobody = await takeOver(undefined, 'running');
  assert.deepEqual([nobody.after?.state, nobody.paged], ['interrupted', ['interrupted']]);
  const refused = await takeOver(async () => {
    throw new ExecutorError('not_authorized', 'the password is another one');
  }, 'running');
  assert.equal(refused.after?.state, 'interrupted');
  assert.match(refused.after?.reason ?? '', /not known; looked up: the password/);
});

test('a rollback is not taken for the action that it undoes', async () => {
  const { after, ran } = await takeOver(async () => answer('done', 'done'), 'rolling_back');
  assert.deepEqual([after?.state, ran], ['interrupted', []]);
});

test('an approved action says what it waits for', async () => {
  const store = createStore(undefined);
  let now = NOW;
  const deps = { store, config, playbooks, clock: () => now };
  const action = { ...proposed(), state: 'approved' as const };
  await store.actions.add(action);
  const why = () => whyWaiting(deps, action);
  assert.match((await why()) ?? '', /another analyzer holds the lease/);
  await store.leader.keep();
  assert.equal(await why(), 'about to begin');
  now += 60;
  assert.match((await why()) ?? '', /for 60 s: perhaps "up" cannot be read/);
  await store.killSwitch.pause({ by: 'ann', reason: 'deploy', since: now });
  assert.equal(await why(), 'paused by ann: deploy');
  await store.killSwitch.resume({ by: 'ann', reason: 'done', since: now });
  const other = { ...action, id: 'other' };
  await store.actions.add(other);
  await store.actions.begin('other', { from: 'approved', to: 'running', now, reason: 'begins' });
  assert.equal(await why(), '1 actions are running');
});
