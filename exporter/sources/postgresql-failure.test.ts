import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureReason } from './postgresql-failure.ts';
import { CredentialsError } from './postgresql-target.ts';

const withCode = (code: string, message = 'secret') => Object.assign(new Error(message), { code });

test('codes and messages become one word', () => {
  const check = (error: unknown, want: string) => assert.equal(failureReason(error), want);
  check(withCode('ECONNREFUSED'), 'connection_refused');
  check(withCode('57014'), 'timed_out');
  check(withCode('42501'), 'permission_denied');
  check(withCode('53300'), 'too_many_connections');
  check(withCode('08006'), 'connection_lost');
  check(withCode('DEPTH_ZERO_SELF_SIGNED_CERT'), 'tls_failed');
  check(withCode('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls_failed');
  check(new Error('timeout expired'), 'timed_out');
  check(new Error('Query read timeout'), 'timed_out');
  check(new Error('Connection terminated unexpectedly'), 'connection_lost');
  check(new Error('The server does not support SSL connections'), 'tls_failed');
  check(
    new Error('SASL: SCRAM-SERVER-FIRST-MESSAGE: client password is empty'),
    'authentication_failed',
  );
  check(new CredentialsError('Cannot read x'), 'credentials_unreadable');
  check(
    new AggregateError([withCode('ECONNREFUSED'), withCode('ETIMEDOUT')]),
    'connection_refused',
  );
});

test('what is not known is a word of its own, whatever was thrown', () => {
  for (const thrown of [new Error('secret'), withCode('XX000'), 'secret', 7, null, undefined, {}]) {
    assert.equal(failureReason(thrown), 'failed');
  }
  assert.equal(failureReason(new AggregateError([])), 'failed');
});
