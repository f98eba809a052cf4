import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../service/log.ts';
import type { IncomingAlert } from '../store/alert-inbox.ts';
import { createStore } from '../store/store.ts';
import { remediationSchema } from './config.ts';
import { handleAlerts } from './handle-alerts.ts';
import { playbookSchema } from './playbook.ts';
import { createRemediation } from './remediation.ts';

const playbook = playbookSchema.parse({
  ...{ name: 'heal', title: 'Heal it', match: { kinds: ['leak'] }, steps: ['Heal it'] },
});
const ALERT: IncomingAlert = {
  ...{ fingerprint: 'f', startsAt: '2026-01-01T00:00:00Z', status: 'firing' },
  ...{ source: 'alertmanager', truncated: false, promql: undefined },
  labels: { kind: 'leak', instance: 'web1:1' },
};
const playbooks = [{ playbook, digest: 'd' }];
const config = remediationSchema.parse({});
const log = createLogger({ name: 'test', level: 'error', format: 'logfmt' });

function open() {
  const store = createStore(undefined);
  const take = async (now: number, ...alerts: readonly IncomingAlert[]) => {
    await store.alerts.store(alerts, now);
    await handleAlerts(store, { playbooks, config, log, now });
    const actions = await store.actions.list({ limit: 9 });
    return actions.map(({ state, created }) => `${created} ${state}`);
  };
  return { store, take };
}

test('a suggestion whose alert ended unheard makes room when that alert comes anew', async () => {
  const { store, take } = open();
  assert.deepEqual(await take(1, ALERT), ['1 suggested']);
  assert.deepEqual(await take(2, ALERT), ['1 suggested'], 'a repeat is no news');
  const other = { ...ALERT, fingerprint: 'g', labels: { ...ALERT.labels, severity: 'critical' } };
  assert.deepEqual(await take(3, other), ['1 suggested'], 'another alert of the same target');
  const anew = { ...ALERT, startsAt: '2026-01-02T00:00:00Z' };
  assert.deepEqual(await take(4, anew), ['4 suggested', '1 cancelled']);
  const over = { ...anew, status: 'resolved' } as const;
  assert.deepEqual(await take(5, over), ['4 cancelled', '1 cancelled'], 'and ends with it');
  await store.close();
});

test('what waits or runs is not given up for the same alert with another beginning', async () => {
  const { store, take } = open();
  await take(1, ALERT);
  const [one] = await store.actions.list({ limit: 1 });
  await store.actions.move(one!.id, { from: 'suggested', to: 'running', now: 2, reason: 'x' });
  const anew = { ...ALERT, startsAt: '2026-01-02T00:00:00Z' };
  assert.deepEqual(await take(3, anew), ['1 running']);
  await store.close();
});

test('a suggestion of an alert that is forgotten is open no more', async () => {
  const { store, take } = open();
  await take(1, ALERT);
  const states = async (now: number) => {
    const loop = createRemediation({
      ...{ store, config, playbooks, log, executors: {}, clock: () => now },
      querier: { instant: async () => [], range: async () => [] },
      findings: () => [],
      escalate: () => assert.fail('nobody is called'),
    });
    await loop.tick();
    await loop.idle();
    return (await store.actions.list({ limit: 9 })).map(({ state }) => state);
  };
  assert.deepEqual(await states(29 * 86_400), ['suggested']);
  assert.deepEqual(await states(31 * 86_400), ['expired']);
  await store.close();
});
