import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perfFailure } from './perf-failure.ts';

const PARANOID = `Error:
Access to performance monitoring and observability operations is limited.
Consider adjusting /proc/sys/kernel/perf_event_paranoid setting to open
access to performance monitoring and observability operations for processes
without CAP_PERFMON, CAP_SYS_PTRACE or CAP_SYS_ADMIN Linux capability.
perf_event_paranoid setting is 2:
  -1: Allow use of (almost) all events by all users
`;

test('what perf says becomes a reason and what to do', () => {
  const check = (text: string, reason: string, message: RegExp) => {
    const failure = perfFailure(text);
    assert.equal(failure.reason, reason, text);
    assert.match(failure.message, message);
  };
  check('ENOENT: spawn perf ENOENT', 'not_installed', /install linux-perf/);
  check('WARNING: perf not found for kernel 6.1.0-9', 'not_installed', /linux-tools/);
  check(PARANOID, 'permission_denied', /kernel\.perf_event_paranoid to 0 .*setting is 2$/s);
  check('Error: Permission denied', 'permission_denied', /CAP_PERFMON/);
  check('EACCES: spawn perf EACCES', 'permission_denied', /EACCES/);
  check("Couldn't create thread/CPU maps: No such process", 'process_gone', /ended before/);
  check(
    'The sys_perf_event_open() syscall returned 38 (Function not implemented)',
    'not_supported',
    /kernel/,
  );
  check("event syntax error: 'contxt-switches'", 'not_supported', /contxt/);
  check('Too many events are opened.', 'too_many_threads', /ulimit -n/);
});

test('unknown words are handed on, and silence is called that', () => {
  assert.equal(perfFailure('Error:\nthe moon is full\n').message, 'perf ended: the moon is full');
  assert.equal(perfFailure('').message, 'perf ended without a word');
  assert.equal(perfFailure('x'.repeat(9_000)).reason, 'perf_failed');
  assert.ok(perfFailure('x'.repeat(9_000)).message.length < 300);
});
