// What every database behind the store has to keep: both run through the same cases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActionRecord } from './action-record.ts';
import type { IncomingAlert } from './alert-inbox.ts';
import type { Store } from './store.ts';

export const ALERT: IncomingAlert = {
  fingerprint: 'f',
  startsAt: '2026-01-01T00:00:00Z',
  status: 'firing',
  source: 'alertmanager',
  truncated: false,
  labels: { instance: 'web1:1' },
  promql: 'up == 0',
};

export const ACTION = {
  id: 'a1',
  alertId: 1,
  state: 'approved',
  playbook: 'restart',
  kind: 'memory_leak',
  host: 'web1',
  labels: {},
  attempt: 1,
  created: 1.25,
  updated: 1.25,
} as ActionRecord;

const BEGIN = { from: 'approved', to: 'running', now: 2, reason: 'begins' } as const;

export interface Stores {
  /** An empty store; closed and removed by the caller's own means. */
  fresh(): Promise<Store>;
  /** The same data once more, as another process sees them. */
  again(): Promise<Store>;
}

export function testStore({ fresh, again }: Stores): void {
  test('an alert is stored once per fingerprint and start, its resolve is news', async () => {
    const { alerts } = await fresh();
    await alerts.store([ALERT, ALERT], 1);
    const [first, ...others] = await alerts.waiting(10);
    assert.deepEqual([first?.promql, others.length], ['up == 0', 0]);
    await alerts.handled(first!);
    await alerts.store([ALERT], 2);
    assert.deepEqual(await alerts.waiting(10), [], 'a repeat is no news');
    await alerts.store([{ ...ALERT, status: 'resolved' }], 3);
    await alerts.store([ALERT], 4);
    assert.deepEqual(
      (await alerts.waiting(10)).map(({ status }) => status),
      ['resolved'],
      'a late repeat does not revive it',
    );
    await alerts.handled(first!);
    assert.equal((await alerts.waiting(10)).length, 1, 'handling the firing one leaves it');
    await alerts.store([{ ...ALERT, startsAt: '2026-01-02T00:00:00Z' }], 5);
    assert.equal((await alerts.waiting(10)).length, 2, 'another start is another alert');
    const resolved = { ...ALERT, status: 'resolved' } as const;
    await alerts.store(
      [resolved, ALERT].map((one) => ({ ...one, fingerprint: 'g' })),
      6,
    );
    assert.equal((await alerts.waiting(10)).at(-1)?.status, 'resolved', 'also within one list');
  });

  test('many alerts with any text are stored in one go, and forgotten once they are old', async () => {
    const { alerts } = await fresh();
    const labels = { text: 'a\u0000b \u{1f600} \' " \\ ? $1 %s' };
    const many = Array.from({ length: 2_345 }, (_, index) => ({
      ...ALERT,
      fingerprint: `f${index}`,
      labels,
      promql: index === 0 ? 'up{x="\u0000"}' : undefined,
    }));
    await alerts.store(many, 1);
    assert.deepEqual([await alerts.countStored(), await alerts.countWaiting()], [2_345, 2_345]);
    const waiting = await alerts.waiting(5_000);
    assert.deepEqual(waiting[7]?.labels, labels);
    assert.equal(waiting[7]?.promql, undefined);
    await alerts.handled(waiting[0]!);
    await alerts.forgetBefore(0.5);
    assert.equal(await alerts.countStored(), 2_345);
    await alerts.forgetBefore(2);
    assert.equal(await alerts.countStored(), 2_344, 'what waits is kept');
  });

  test('a run begins once, and only from the state that was seen', async () => {
    const { actions, audit } = await fresh();
    await actions.add(ACTION);
    assert.equal((await actions.begin('a1', BEGIN))?.state, 'running');
    assert.equal(await actions.begin('a1', BEGIN), undefined);
    await actions.move('a1', { from: 'running', to: 'approved', now: 3, reason: 'tampered' });
    const { entries } = await audit.verify();
    await assert.rejects(actions.begin('a1', BEGIN), /unique/i, 'an attempt is recorded once');
    assert.equal((await actions.get('a1'))?.state, 'approved', 'and nothing of it remains');
    assert.equal((await audit.verify()).entries, entries);
    assert.equal(await actions.runsSince(0, { playbook: 'restart', host: 'web1' }), 1);
    assert.equal(await actions.runsSince(0, { playbook: 'restart' }), 1);
    assert.equal(await actions.runsSince(0, { playbook: 'restart', host: 'web2' }), 0);
    assert.equal(await actions.lastRunOn('web1'), 2);
    assert.equal(await actions.lastRunOn('web2'), undefined);
  });

  test('actions are found by state and alert, the newest first', async () => {
    const { actions } = await fresh();
    for (const [id, created] of Object.entries({ a: 1, b: 3, c: 2 }))
      await actions.add({ ...ACTION, id, created, alertId: created });
    await actions.begin('c', BEGIN);
    const ids = (list: readonly ActionRecord[]) => list.map(({ id }) => id).join('');
    assert.equal(ids(await actions.list({ limit: 9 })), 'bca');
    assert.equal(ids(await actions.list({ states: ['approved'], limit: 1 })), 'b');
    assert.equal(ids(await actions.ofAlert(2)), 'c');
    assert.equal(await actions.get('none'), undefined);
    const { approved, running, failed } = await actions.countByState();
    assert.deepEqual([approved, running, failed], [2, 1, 0]);
  });

  test('outcomes are counted', async () => {
    const { actions } = await fresh();
    const outcome = { playbook: 'restart', kind: 'leak', verdict: 'improved' };
    await actions.countOutcome(outcome);
    await actions.countOutcome(outcome);
    await actions.countOutcome({ ...outcome, verdict: 'worse' });
    assert.deepEqual(
      (await actions.outcomes()).map(({ verdict, count }) => [verdict, count]),
      [
        ['improved', 2],
        ['worse', 1],
      ],
    );
  });

  test("the last word of each person on a finding's suggestion counts, every word is in the audit log", async () => {
    const { suggestions, audit } = await fresh();
    const word = {
      ...{ finding: 'f1', since: 1.5, kind: 'leak', suggestion: 'restart', by: 'ann' },
      ...{ verdict: 'accept' as const, reason: 'try', time: 2 },
    };
    assert.equal(await suggestions.lastFor('f1', 'restart'), undefined);
    await suggestions.say(word);
    await suggestions.say({ ...word, verdict: 'helpful', time: 3 });
    await suggestions.say({ ...word, by: 'bob', verdict: 'not_helpful' });
    await suggestions.say({ ...word, since: 9, verdict: 'helpful' });
    await suggestions.say({ ...word, finding: 'f2', kind: 'io', verdict: 'reject' });
    assert.deepEqual(
      (await suggestions.counts()).map(({ kind, verdict, count }) => [kind, verdict, count]),
      [
        ['io', 'reject', 1],
        ['leak', 'helpful', 2],
        ['leak', 'not_helpful', 1],
      ],
    );
    assert.deepEqual(await suggestions.lastFor('f1', 'restart'), { kind: 'leak', since: 9 });
    const [last] = await audit.list(1);
    assert.equal(last?.event, 'suggestion_reject');
    assert.equal((await audit.verify()).entries, 5);
  });

  test('what fails leaves nothing of its transaction', async () => {
    const store = await fresh();
    await assert.rejects(
      store.transaction(async (tx) => {
        await tx.actions.add(ACTION);
        await tx.alerts.store([ALERT], 1);
        throw new Error('half-way');
      }),
      /half-way/,
    );
    assert.equal(await store.actions.get('a1'), undefined);
    assert.deepEqual(
      [await store.alerts.countStored(), (await store.audit.verify()).entries],
      [0, 0],
    );
    assert.equal(await store.transaction(async (tx) => tx.alerts.countStored()), 0, 'it goes on');
  });

  test('transactions of several processes do not get between each other', async () => {
    const stores = [await fresh(), await again()];
    await stores[0]!.actions.countOutcome({ playbook: 'p', kind: 'k', verdict: 'worse' });
    const readAndWrite = (store: Store, index: number) =>
      store.transaction(async (tx) => {
        const before = (await tx.actions.list({ limit: 1_000 })).length;
        await new Promise((resolve) => setImmediate(resolve));
        await tx.actions.add({ ...ACTION, id: `n${index}`, attempt: before });
      });
    const reads: Promise<number>[] = [];
    const work = Array.from({ length: 40 }, (_, index) => {
      const store = stores[index % 2]!;
      // A read beside it sees what is committed, never what is half done.
      reads.push(store.transaction(async (tx) => (await tx.actions.list({ limit: 99 })).length));
      return readAndWrite(store, index);
    });
    await Promise.all([...work, ...reads]);
    const seen = (await stores[1]!.actions.list({ limit: 99 })).map(({ attempt }) => attempt);
    assert.deepEqual(
      seen.sort((a, b) => a - b),
      Array.from({ length: 40 }, (_, index) => index),
    );
    assert.deepEqual((await stores[0]!.audit.verify()).problem, undefined);
    assert.equal((await stores[0]!.audit.verify()).entries, 40);
  });

  test('the kill switch is the same for all, and survives a restart', async () => {
    const before = await fresh();
    await before.killSwitch.pause({ by: 'alice', reason: 'storm', since: 5 });
    await before.killSwitch.pause({ by: 'bob', reason: 'storm', since: 6 });
    const after = await again();
    assert.equal((await after.killSwitch.paused())?.by, 'bob');
    await after.killSwitch.resume({ by: 'bob', reason: 'over', since: 7 });
    assert.equal(await before.killSwitch.paused(), undefined);
    assert.deepEqual(
      (await after.audit.list(2)).map(({ event }) => event),
      ['resumed', 'paused'],
    );
  });

  test('the chain of the audit log holds over many entries and any numbers', async () => {
    const { audit } = await fresh();
    const times = [1, 0.1 + 0.2, 1_763_000_000.123_456_7, 1e-7];
    for (let index = 0; index < 1_003; index += 1) {
      const time = times[index % times.length]!;
      await audit.append({ time, event: 'e', subject: 's', detail: { index, text: '\u0000é' } });
    }
    const report = await audit.verify();
    assert.deepEqual([report.entries, report.problem], [1_003, undefined]);
    assert.equal((await audit.list(1))[0]?.hash, report.head);
  });

  test('one holds the lease; who comes after it has a higher token', async () => {
    const [one, two] = [await fresh(), await again()];
    const first = await one.leases.acquire('one', 3_600);
    assert.equal(await two.leases.acquire('two', 3_600), undefined);
    assert.deepEqual(await one.leases.acquire('one', 3_600), first, 'prolonged');
    assert.equal(await one.leases.holds(first!), true);
    await one.leases.release(first!);
    assert.equal(await one.leases.holds(first!), false);
    const second = await two.leases.acquire('two', 3_600);
    assert.ok(second!.token > first!.token);
    assert.equal(await one.leases.acquire('one', 3_600), undefined);
    await one.leases.release(first!);
    assert.equal(await two.leases.holds(second!), true, 'a late release takes nothing away');
    assert.equal(await two.leases.holds({ ...second!, token: first!.token }), false);
  });

  test('a lease ends by itself', async () => {
    const [one, two] = [await fresh(), await again()];
    const first = await one.leases.acquire('one', 0);
    assert.equal(await one.leases.holds(first!), false);
    const second = await one.leases.acquire('one', 0);
    assert.ok(second!.token > first!.token, 'who let it end begins anew');
    assert.ok((await two.leases.acquire('two', 1))!.token > second!.token);
  });
}
