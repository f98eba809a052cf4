// Returns as a minion of Salt 3007 gives them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeStates } from './salt-states.ts';

const state = (part: object) => ({
  name: 'made',
  changes: {},
  comment: 'fine',
  result: true,
  __run_num__: 0,
  ...part,
});
const returned = (states: object, retcode = 0) => ({ return: states, retcode });
const judge = (states: unknown, test = false, retcode = 0) => {
  const { result, reason, output } = judgeStates({ return: states, retcode }, test);
  return { is: [result, reason], output };
};

test('states are told in the order in which they ran, with what they changed', () => {
  const states = {
    'cmd_|-b_|-b_|-run': state({ __run_num__: 1, changes: { pid: 7, retcode: 0 } }),
    'file_|-a_|-a_|-managed': state({ changes: { diff: '-x\n+y\n' }, comment: ['one', 'two'] }),
    'pkg_|-c_|-c_|-installed': state({ __run_num__: 2 }),
  };
  const { is, output } = judge(states);
  assert.deepEqual(is, ['done', 'done']);
  assert.equal(
    output,
    [
      '3 states, 2 with changes, 0 failed',
      '[changed] a (file.managed): one\ntwo\n-x\n+y',
      '[changed] b (cmd.run): fine\n{\n "pid": 7,\n "retcode": 0\n}',
      '[ok] c (pkg.installed): fine',
    ].join('\n'),
  );
});

test('what is no success', () => {
  const key = 'file_|-a_|-a_|-managed';
  const cases = [
    ['a failed state', { [key]: state({ result: false }) }, 'state_failed'],
    ['a minion in test mode', { [key]: state({ result: null }) }, 'test_mode'],
    ['no states at all', {}, 'no_states'],
    ['an error instead of states', ["No matching sls found for 'x'"], 'state_error'],
    ['a text', 'Minion did not return', 'state_error'],
    ['nothing', null, 'state_error'],
    ['a state without result', { [key]: { comment: 'x' } }, 'state_error'],
  ] as const;
  for (const [name, states, reason] of cases)
    assert.deepEqual(judge(states).is, ['permanent', reason], name);
  assert.deepEqual(judge({ [key]: state({}) }, false, 2).is, ['permanent', 'retcode']);
  assert.deepEqual(judge({ [key]: state({ result: false }) }, true).is[1], 'state_failed');
});

test('a dry run hopes for null, and the lock of another run passes', () => {
  const key = 'file_|-a_|-a_|-managed';
  assert.deepEqual(judge({ [key]: state({ result: null }) }, true).is, ['done', 'done']);
  assert.deepEqual(judge({ [key]: state({}) }, true).is, ['done', 'unchanged']);
  const lock = ['The function "state.apply" is running as PID 31738 and was started at 2026'];
  assert.deepEqual(judge(lock).is, ['retryable', 'busy']);
});

test('of very many states the failed and the changed ones are told', () => {
  const many = Object.fromEntries(
    Array.from({ length: 2_000 }, (_, index) => [
      `test_|-s${index}_|-s${index}_|-nop`,
      state({
        __run_num__: index,
        result: index !== 1_999,
        changes: index === 1_000 ? { a: 1 } : {},
      }),
    ]),
  );
  const { output } = judge(many);
  assert.match(output, /^2000 states, 1 with changes, 1 failed$/m);
  assert.match(output, /^\[FAILED\] s1999 /m);
  assert.match(output, /^\[changed\] s1000 /m);
  assert.match(output, /^1500 more states left out$/m);
  assert.deepEqual(judgeStates(returned(many, 2), false).reason, 'state_failed');
});
