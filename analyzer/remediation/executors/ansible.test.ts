// With the real ansible-playbook on this machine.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createAnsibleExecutor, listedHosts } from './ansible.ts';
import { NO_ANSIBLE } from './ansible-files.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-ansible-'));
after(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);
writeFileSync(
  file('inventory'),
  '[pair]\none ansible_connection=local\ntwo ansible_connection=local\n',
);
writeFileSync(
  file('set.yml'),
  `- hosts: pair\n  gather_facts: false\n  tasks:\n    - copy: {content: "{{ value }}\\n", dest: ${file('made')}}\n`,
);
writeFileSync(
  file('fail.yml'),
  '- hosts: pair\n  gather_facts: false\n  tasks: [{fail: {msg: broken}}]\n',
);

const executor = createAnsibleExecutor([file('set.yml'), file('fail.yml')]);
const { signal } = new AbortController();
const actionOn = (host: string, playbook = 'set.yml') => ({
  id: 'a',
  host,
  timeoutSeconds: 60,
  parameters: {
    playbook: file(playbook),
    inventory: file('inventory'),
    extra_vars: { value: '{{ 7 * 7 }}'.replace(/[{}]/g, '') },
  },
});

test('the dry run shows the difference and changes nothing, the run changes it', {
  skip: NO_ANSIBLE,
}, async () => {
  const text = await executor.plan(actionOn('one'), signal);
  assert.match(text, /^\+ 7 \* 7 $/m);
  assert.ok(!existsSync(file('made')));
  const outcome = await executor.run(actionOn('one'), signal);
  assert.equal(outcome.result, 'done', outcome.output);
  assert.match(outcome.output, /one\s+: ok=1\s+changed=1/);
  assert.doesNotMatch(outcome.output, /^two/m);
  assert.equal(readFileSync(file('made'), 'utf8'), ' 7 * 7 \n');
});

test('a limit that is not exactly one host of the inventory is refused', {
  skip: NO_ANSIBLE,
}, async () => {
  for (const host of ['three', 'pair', 'all']) {
    const outcome = await executor.run(actionOn(host), signal);
    assert.deepEqual([outcome.result, outcome.reason], ['permanent', 'no_host_matched'], host);
    await assert.rejects(executor.plan(actionOn(host), signal), { reason: 'no_host_matched' });
  }
  for (const host of ['all:!one', '~o.*', '@/etc/passwd', 'one,two', '-v', '']) {
    const outcome = await executor.run(actionOn(host), signal);
    assert.deepEqual([outcome.result, outcome.reason], ['permanent', 'not_allowed'], host);
  }
});

test('a failing task is permanent, a playbook outside the allow-list is never started', {
  skip: NO_ANSIBLE,
}, async () => {
  const failed = await executor.run(actionOn('one', 'fail.yml'), signal);
  assert.deepEqual([failed.result, failed.reason], ['permanent', 'exit_code']);
  assert.match(failed.output, /broken/);
  const other = await executor.run(actionOn('one', 'other.yml'), signal);
  assert.deepEqual([other.result, other.reason], ['permanent', 'not_allowed']);
});

test('parameters are strict and paths are never templates', () => {
  const { parameters } = actionOn('one');
  assert.deepEqual(executor.check(parameters), []);
  assert.equal(executor.check({ ...parameters, playbook: '/x/{{group}}.yml' }).length, 1);
  assert.equal(executor.check({ ...parameters, playbook: 'set.yml' }).length, 1);
  assert.equal(executor.check({ ...parameters, limit: 'all' }).length, 1);
});

test('hosts are read from every play, once each', () => {
  const text =
    "\nplaybook: a.yml\n\n  play #1 (x): x\tTAGS: []\n    pattern: ['x']\n    hosts (2):\n      one\n      two\n\n  play #2 (y): y\n    pattern: ['y']\n    hosts (1):\n      one\n";
  assert.deepEqual(listedHosts(text), ['one', 'two']);
  assert.deepEqual(listedHosts('    hosts (0):\n'), []);
});
