import assert from 'node:assert/strict';
import { test } from 'node:test';
import { environmentSchema, grantMode, type ModeQuestion, unlockSchema } from './mode.ts';
import { choosePlaybook, type LoadedPlaybook, playbookSchema } from './playbook.ts';
import { successRate } from './success-rate.ts';

const environments = [
  { name: 'staging', hosts: ['stage-*'], mode: 'auto' },
  { name: 'production', hosts: ['prod-*'], mode: 'approve' },
  { name: 'legacy', hosts: ['old-*'] },
].map((one) => environmentSchema.parse(one));
const outcomesOf = (improved: number, failed: number) => [
  { playbook: 'restart', kind: 'memory_leak', verdict: 'improved', count: improved },
  { playbook: 'restart', kind: 'memory_leak', verdict: 'worse', count: failed },
];
const grant = (changes: Partial<ModeQuestion> = {}) =>
  grantMode({
    playbook: { name: 'restart', mode: 'auto', modes: {} },
    kind: 'memory_leak',
    host: 'stage-1',
    environments,
    outcomes: outcomesOf(12, 0),
    unlock: unlockSchema.parse({}),
    ...changes,
  });

test('the environment of the host caps what a playbook asks for', () => {
  assert.deepEqual(grant(), { mode: 'auto' });
  assert.deepEqual(grant({ host: 'prod-1' }), {
    mode: 'approve',
    reason: 'environment production allows approve',
  });
  assert.equal(grant({ host: 'old-1' }).mode, 'suggest', 'an environment without mode suggests');
  assert.match(grant({ host: 'laptop' }).reason ?? '', /laptop is in no environment/);
  assert.equal(grant({ host: 'laptop' }).mode, 'suggest');
  assert.equal(grant({ host: 'laptop', environments: [] }).mode, 'auto', 'none are configured');
});

test('a playbook has a mode of its own for an environment, never more than that allows', () => {
  const playbook = {
    name: 'restart',
    mode: 'suggest',
    modes: { staging: 'auto', production: 'auto', legacy: 'off' },
  } as const;
  assert.equal(grant({ playbook }).mode, 'auto');
  assert.equal(grant({ playbook, host: 'prod-1' }).mode, 'approve');
  assert.equal(grant({ playbook, host: 'old-1' }).mode, 'off');
  assert.equal(grant({ playbook, host: 'other' }).mode, 'suggest');
});

const LOCKED: readonly (readonly [name: string, improved: number, failed: number, want: string])[] =
  [
    ['nothing proved', 0, 0, 'approve'],
    ['nine of nine are too few', 9, 0, 'approve'],
    ['ten of ten', 10, 0, 'auto'],
    ['nine of ten', 9, 1, 'auto'],
    ['eight of ten are not surely 60 %', 8, 2, 'approve'],
    ['a hundred of which 30 failed', 70, 30, 'auto'],
    ['a hundred of which 35 failed', 65, 35, 'approve'],
  ];

for (const [name, improved, failed, want] of LOCKED)
  test(`auto unlocks by proof: ${name}`, () => {
    const granted = grant({ outcomes: outcomesOf(improved, failed) });
    assert.equal(granted.mode, want, granted.reason);
    if (want === 'approve') assert.match(granted.reason ?? '', /auto is locked: improved \d+ of/);
  });

test('verdicts against another kind, or of another playbook, unlock nothing', () => {
  assert.equal(grant({ kind: 'io_bound' }).mode, 'approve');
  assert.equal(grant({ playbook: { name: 'reboot', mode: 'auto', modes: {} } }).mode, 'approve');
});

const loaded = (name: string, changes: object = {}): LoadedPlaybook => ({
  digest: name,
  playbook: playbookSchema.parse({
    ...{ name, title: name, match: { kinds: ['memory_leak'] }, steps: ['Do it'] },
    action: { executor: 'webhook', parameters: {} },
    mode: 'approve',
    ...changes,
  }),
});

test('among playbooks with the same match and mode the one that helps more often comes first', () => {
  const outcomes = [
    { playbook: 'clear', kind: 'memory_leak', verdict: 'no_effect', count: 3 },
    { playbook: 'restart', kind: 'memory_leak', verdict: 'improved', count: 3 },
  ];
  const score = ({ name }: { name: string }) => successRate(outcomes, { playbook: name }).mean;
  const choose = (...playbooks: LoadedPlaybook[]) =>
    choosePlaybook(playbooks, { kind: 'memory_leak', group: 'db' }, { score })?.playbook.name;
  assert.equal(choose(loaded('clear'), loaded('restart')), 'restart');
  assert.equal(choose(loaded('clear'), loaded('other')), 'other', 'unknown before what failed');
  assert.equal(choose(loaded('another'), loaded('other')), 'another', 'else by name');
  const steps = loaded('by_hand', { mode: 'suggest', action: undefined });
  assert.equal(choose(steps, loaded('restart')), 'by_hand', 'a person is not overruled');
  const special = loaded('clear', { match: { kinds: ['memory_leak'], labels: { group: 'db' } } });
  assert.equal(choose(special, loaded('restart')), 'clear', 'nor a closer match');
});
