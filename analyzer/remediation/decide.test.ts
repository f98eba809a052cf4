import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createStore } from '../store/store.ts';
import { remediationSchema } from './config.ts';
import { decide } from './decide.ts';
import { playbookSchema } from './playbook.ts';
import { propose } from './proposal.ts';

const NOW = 1_700_000_000;
const by = (name: string, now = NOW) => ({ by: name, reason: 'because', now });

/** An action that waits for an approval, and expires 60 s after NOW. */
async function openWaiting(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-decide-'));
  const store = createStore(folder);
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const playbook = playbookSchema.parse({
    ...{ name: 'tried', title: 'Tried', match: { kinds: ['*'] }, steps: ['Try it'] },
    ...{ mode: 'approve', action: { executor: 'command', parameters: { argv: ['/bin/true'] } } },
  });
  const alert = {
    ...{ id: 1, fingerprint: 'f', startsAt: '2026-11-20T10:00:00Z', status: 'firing' as const },
    ...{ source: 'alertmanager' as const, truncated: false, promql: 'up' },
    labels: { kind: 'memory_leak', instance: 'web-1:10910' },
  };
  const config = remediationSchema.parse({ allow: { hosts: ['*'] } });
  const context = { playbooks: [{ playbook, digest: '' }], config, outcomes: [], now: NOW };
  const proposed = propose(alert, context);
  assert.ok(proposed !== undefined);
  await store.actions.add({ ...proposed, state: 'waiting', expires: NOW + 60 });
  return { store, id: proposed.id };
}

test('of many who decide at once one is heard, and the audit log has that one alone', async (t) => {
  const { store, id } = await openWaiting(t);
  const decided = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      decide(store, id, { ...by(`person-${index}`), to: index % 2 === 0 ? 'approved' : 'denied' }),
    ),
  );
  const heard = decided.filter(({ ok }) => ok);
  assert.equal(heard.length, 1);
  const action = await store.actions.get(id);
  const entries = (await store.audit.list(100)).filter(({ event }) =>
    ['action_approved', 'action_denied'].includes(event),
  );
  assert.equal(entries.length, 1);
  assert.equal(entries[0]?.event, `action_${action?.state}`);
  assert.equal(entries[0]?.detail.by, action?.decidedBy);
  assert.equal((await store.audit.verify()).problem, undefined);
});

test('an approval at the moment of its end is none, whoever comes first', async (t) => {
  const { store, id } = await openWaiting(t);
  const late = { ...by('late', NOW + 60), to: 'approved' as const };
  const expiry = { from: 'waiting', to: 'expired', now: NOW + 60, reason: 'too late' } as const;
  const [first, , second] = await Promise.all([
    decide(store, id, late),
    store.actions.move(id, expiry),
    decide(store, id, late),
  ]);
  assert.deepEqual([first.ok, second.ok], [false, false]);
  assert.equal((await store.actions.get(id))?.state, 'expired');
  const again = await decide(store, id, { ...by('in time'), to: 'approved' });
  assert.ok(!again.ok && again.why === 'not_waiting', 'also when somebody set the clock back');
});

test('what was denied cannot be approved any more, nor what is not there', async (t) => {
  const { store, id } = await openWaiting(t);
  assert.ok((await decide(store, id, { ...by('first'), to: 'denied' })).ok);
  const second = await decide(store, id, { ...by('second'), to: 'approved' });
  assert.ok(!second.ok && second.why === 'not_waiting');
  const nothing = await decide(store, "x' OR '1'='1", { ...by('third'), to: 'approved' });
  assert.ok(!nothing.ok && nothing.why === 'unknown');
});
