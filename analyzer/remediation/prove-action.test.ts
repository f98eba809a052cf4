import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../service/log.ts';
import type { ActionRecord } from '../store/action-record.ts';
import { createStore } from '../store/store.ts';
import { remediationSchema } from './config.ts';
import type { Executor } from './executor.ts';
import { playbookSchema } from './playbook.ts';
import { rollBackAction } from './prove-action.ts';

const playbook = playbookSchema.parse({
  ...{ name: 'heal', title: 'Heal it', match: { kinds: ['leak'] }, steps: ['Heal it'] },
  action: { executor: 'noted', parameters: {} },
  rollback: { executor: 'noted', parameters: {} },
});
const ACTION = {
  ...{ id: 'a1', alertId: 1, state: 'rollback_due', playbook: 'heal', playbookDigest: 'd' },
  ...{ kind: 'leak', host: 'web1', labels: {}, attempt: 1, created: 1, updated: 1 },
  rollback: { executor: 'noted', parameters: {} },
} as unknown as ActionRecord;

test('a rollback does not begin once the kill switch is in the store', async () => {
  const store = createStore(undefined);
  let runs = 0;
  const noted: Executor = {
    check: () => [],
    plan: async () => '',
    async run() {
      runs += 1;
      return { result: 'done', reason: 'done', output: '' };
    },
  };
  const context = {
    ...{ store, executors: { noted }, playbooks: [{ playbook, digest: 'd' }] },
    querier: { instant: async () => [], range: async () => [] },
    ...{ clock: () => 2, findings: () => [], escalate: () => assert.fail('nobody is called') },
    log: createLogger({ name: 'test', level: 'error', format: 'logfmt' }),
    config: remediationSchema.parse({}),
    signal: new AbortController().signal,
  };
  await store.actions.add(ACTION);
  await store.leader.keep();
  await store.killSwitch.pause({ by: 'ann', reason: 'deploy', since: 2 });
  await rollBackAction(context, ACTION);
  assert.deepEqual([runs, (await store.actions.get('a1'))?.state], [0, 'rollback_due']);
  await store.killSwitch.resume({ by: 'ann', reason: 'done', since: 2 });
  await rollBackAction(context, ACTION);
  assert.deepEqual([runs, (await store.actions.get('a1'))?.state], [1, 'rolled_back']);
  await store.close();
});
