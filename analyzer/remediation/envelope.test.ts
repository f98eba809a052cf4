import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RULES } from '../bottleneck/list.ts';
import type { ActionRecord } from '../store/action-record.ts';
import { createStore } from '../store/store.ts';
import { remediationSchema } from './config.ts';
import { decide } from './decide.ts';
import { forbidden, mayBegin } from './envelope.ts';
import { createExecutors } from './executors/list.ts';
import { matchesGlob } from './glob.ts';
import { loadPlaybooks } from './load-playbooks.ts';
import { choosePlaybook, playbookSchema } from './playbook.ts';
import { propose } from './proposal.ts';

const PLAYBOOK = {
  name: 'restart',
  title: 'Restart it',
  match: { kinds: ['memory_leak'] },
  steps: ['Restart it'],
  mode: 'approve',
  action: { executor: 'command', parameters: { argv: ['/bin/systemctl', 'restart', '{{group}}'] } },
  limits: { cooldown: '10m', rate: { count: 3, per: '1h' }, attempts: 2 },
};
const playbook = playbookSchema.parse(PLAYBOOK);
const config = remediationSchema.parse({
  allow: { hosts: ['web*'] },
  protect: { hosts: ['web9'], groups: ['postgres'] },
});
const ALERT = {
  id: 1,
  fingerprint: 'f',
  startsAt: '2026-01-01T00:00:00Z',
  status: 'firing',
  source: 'alertmanager',
  truncated: false,
  labels: { kind: 'memory_leak', instance: 'web1:1', group: 'shop' },
  promql: 'up',
} as const;
const PROVED = [{ playbook: 'restart', kind: 'memory_leak', verdict: 'improved', count: 12 }];
const context = { playbooks: [{ playbook, digest: 'd' }], config, outcomes: PROVED, now: 1_000 };
const proposed = (labels: Readonly<Record<string, string>> = {}) =>
  propose({ ...ALERT, labels: { ...ALERT.labels, ...labels } }, context)!;

test('what is not allowed stays a suggestion', () => {
  assert.equal(proposed().state, 'proposed');
  assert.deepEqual(proposed().command?.parameters, { argv: ['/bin/systemctl', 'restart', 'shop'] });
  for (const labels of [
    { instance: 'db1:1' },
    { instance: 'web9:1' },
    { group: 'postgres' },
    { group: '$(reboot)' },
    { group: '--now' },
  ]) {
    const { state, command, reason } = proposed(labels);
    assert.deepEqual([state, command], ['suggested', undefined], JSON.stringify(labels));
    assert.match(reason, /only a suggestion/);
  }
  const empty = remediationSchema.parse({});
  assert.match(forbidden({ host: 'web1', labels: {} }, empty) ?? '', /does not have web1/);
  assert.match(forbidden({ host: '', labels: {} }, config) ?? '', /names no host/);
  assert.equal(propose({ ...ALERT, labels: { kind: 'io_bound' } }, context), undefined);
});

test('a list that was cut takes auto back to approve', () => {
  const auto = {
    ...context,
    playbooks: [{ playbook: { ...playbook, mode: 'auto' as const }, digest: 'd' }],
  };
  assert.equal(propose(ALERT, auto)?.mode, 'auto');
  assert.equal(propose({ ...ALERT, truncated: true }, auto)?.mode, 'approve');
});

type Store = ReturnType<typeof createStore>;

async function runOn(
  store: Store,
  now: number,
  { id, host = 'web1' }: { id: string; host?: string },
): Promise<void> {
  await store.actions.add({ ...proposed(), id, host, state: 'approved' });
  await store.actions.begin(id, { from: 'approved', to: 'running', now, reason: 'begins' });
}

test('cool-down, rate, attempts, concurrency and the kill switch each hold an action back', async () => {
  const ask = async (store: ReturnType<typeof createStore>, now: number, running = 0) => {
    const leave = await mayBegin(proposed(), playbook, { store, running, config, now });
    return leave.answer === 'go' ? 'go' : `${leave.answer} ${leave.reason}`;
  };
  const store = createStore(undefined);
  assert.equal(await ask(store, 1_000), 'go');
  assert.match(await ask(store, 1_000, 1), /wait 1 actions are running/);
  await runOn(store, 1_000, { id: 'a' });
  assert.match(await ask(store, 1_001), /wait web1 cools down for 599 s/);
  assert.equal(await ask(store, 1_601), 'go');
  await runOn(store, 1_601, { id: 'b' });
  assert.match(await ask(store, 5_000), /escalate restart ran 2 times on web1/);
  assert.equal(await ask(store, 90_000), 'go', 'another day');
  const rated = createStore(undefined);
  for (const id of ['a', 'b', 'c']) await runOn(rated, 1_000, { id, host: `web${id}` });
  assert.match(await ask(rated, 1_001), /wait restart ran 3 times within 3600 s/);
  await rated.killSwitch.pause({ by: 'alice', reason: 'storm', since: 1 });
  assert.match(await ask(rated, 9_000), /wait paused by alice: storm/);
});

test('an approval counts once, in time, and only for what waits', async () => {
  const store = createStore(undefined);
  const waiting: ActionRecord = { ...proposed(), id: 'a', state: 'waiting', expires: 2_000 };
  await store.actions.add(waiting);
  await store.actions.add({ ...waiting, id: 'late' });
  await store.actions.add({ ...waiting, id: 'hint', state: 'suggested' });
  const yes = { by: 'alice', reason: 'fine', to: 'approved' } as const;
  assert.equal((await decide(store, 'a', { ...yes, now: 1_999 })).ok, true);
  assert.deepEqual((await store.actions.get('a'))?.decidedBy, 'alice');
  assert.deepEqual(why(await decide(store, 'a', { ...yes, now: 1_999 })), 'not_waiting');
  assert.deepEqual(why(await decide(store, 'late', { ...yes, now: 2_000 })), 'expired');
  assert.equal((await store.actions.get('late'))?.state, 'expired');
  assert.deepEqual(why(await decide(store, 'hint', { ...yes, now: 1 })), 'not_waiting');
  assert.equal((await decide(store, 'hint', { ...yes, to: 'denied', now: 1 })).ok, true);
  assert.deepEqual(why(await decide(store, 'none', { ...yes, now: 1 })), 'unknown');
});

function why(decided: Awaited<ReturnType<typeof decide>>): string {
  return decided.ok ? 'ok' : decided.why;
}

const executors = createExecutors(config);

test('every kind of bottleneck has a ready playbook, which only suggests', () => {
  const ready = loadPlaybooks(undefined, { executors, durable: false, environments: [] });
  for (const { kind } of RULES) {
    const found = choosePlaybook(ready, { kind });
    assert.deepEqual([found?.playbook.mode, found?.playbook.action], ['suggest', undefined], kind);
  }
});

const REFUSED: readonly (readonly [name: string, change: object, problem: RegExp])[] = [
  ['auto without limits', { mode: 'auto', limits: {} }, /mode auto needs cooldown, rate/],
  ['auto without action', { mode: 'auto', action: undefined }, /auto needs an action/],
  ['another key', { shell: 'rm' }, /unknown key/],
  ['another name', { name: 'other' }, /expected the name of the file/],
  [
    'an unknown executor',
    { action: { executor: 'bash', parameters: {} } },
    /expected ansible, .*command, .*webhook/,
  ],
  [
    'constructor is no executor',
    { action: { executor: 'constructor', parameters: {} } },
    /expected ansible/,
  ],
  [
    'a program without path',
    { action: { executor: 'command', parameters: { argv: ['rm'] } } },
    /absolute path/,
  ],
  [
    'a program from a label',
    { action: { executor: 'command', parameters: { argv: ['/{{x}}'] } } },
    /never a template/,
  ],
  [
    'an address from a label',
    { action: { executor: 'webhook', parameters: { url: 'http://{{x}}/' } } },
    /parameters\.url/,
  ],
];

for (const [name, change, problem] of REFUSED)
  test(`a playbook is refused: ${name}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'guard-playbooks-'));
    writeFileSync(join(folder, 'restart.yml'), JSON.stringify({ ...PLAYBOOK, ...change }));
    try {
      assert.throws(
        () => loadPlaybooks(folder, { executors, durable: true, environments: [{ name: 'test' }] }),
        problem,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test('a pattern means the whole text', () => {
  const cases: readonly (readonly [pattern: string, text: string, want: boolean])[] = [
    ['web*', 'web1', true],
    ['web*', 'aweb1', false],
    ['*', '', true],
    ['a*b*c', 'a1b2c', true],
    ['a*b*c', 'ac', false],
    ['aa*aa', 'aaa', false],
    ['web.', 'web1', false],
  ];
  for (const [pattern, text, want] of cases)
    assert.equal(matchesGlob(pattern, text), want, `${pattern} ${text}`);
});
