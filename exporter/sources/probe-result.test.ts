import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProbeTrace, describeFailure, ProbeError, type ProbePhase } from './probe-result.ts';

test('every error has a reason', () => {
  const check = (code: string, phase: ProbePhase | undefined, want: string) => {
    const error = Object.assign(new Error(`${code}: failed`), { code });
    assert.deepEqual(describeFailure(error, phase), {
      reason: want,
      message: `${code}: failed`,
    });
  };
  check('ECONNREFUSED', 'connect', 'refused');
  check('EHOSTUNREACH', 'connect', 'unreachable');
  check('ENETUNREACH', 'connect', 'unreachable');
  check('ECONNRESET', 'first_byte', 'reset');
  check('ECONNRESET', 'tls', 'tls');
  check('ETIMEDOUT', 'connect', 'timeout');
  check('ENOTFOUND', 'dns', 'dns');
  check('EWHATEVER', 'dns', 'dns');
  check('HPE_INVALID_CONSTANT', 'first_byte', 'protocol');
  check('EWHATEVER', 'connect', 'other');
  check('', undefined, 'other');
});

test('a reason that is known stays, and an error without a text shows its code', () => {
  const known = new ProbeError('status', 'answered 500');
  assert.deepEqual(describeFailure(known, 'tls'), { reason: 'status', message: 'answered 500' });
  const silent = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
  assert.deepEqual(describeFailure(silent, 'connect'), {
    reason: 'refused',
    message: 'ECONNREFUSED',
  });
});

test('a phase counts when it is done, and adds up when it comes again', async () => {
  const trace = createProbeTrace();
  assert.equal(await trace.time('dns', async () => 'answer'), 'answer');
  const first = trace.seconds.get('dns') ?? -1;
  await trace.time('dns', () => new Promise((resolve) => setTimeout(resolve, 5)));
  assert.ok((trace.seconds.get('dns') ?? 0) > first);
  assert.equal(trace.current, undefined);
  await assert.rejects(trace.time('connect', () => Promise.reject(new Error('no'))));
  assert.deepEqual([trace.current, trace.seconds.has('connect')], ['connect', false]);
});
