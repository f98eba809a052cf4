import assert from 'node:assert/strict';
import { test } from 'node:test';
import { redactUrl, toLogfmt } from './log.ts';

test('a log line in logfmt quotes what needs quotes and keeps every field', () => {
  const line = JSON.stringify({
    level: 'warn',
    time: '2026-01-01T00:00:00.000Z',
    name: 'exporter',
    msg: 'collector failed',
    collector: 'ping',
    err: { type: 'Error', message: 'no "ping" found' },
  });
  assert.equal(
    toLogfmt(line),
    'ts=2026-01-01T00:00:00.000Z level=warn component=exporter msg="collector failed" collector=ping err="no \\"ping\\" found"\n',
  );
});

test('credentials and query strings do not survive redaction', () => {
  assert.equal(redactUrl('http://user:secret@host:9090/api?token=x'), 'http://host:9090/api');
  assert.equal(redactUrl('nonsense'), '(not a URL)');
});
