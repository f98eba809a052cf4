import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { ecsOptions } from './log-ecs.ts';

function lineOf(fields: object): Record<string, unknown> {
  const lines: string[] = [];
  const log = pino(ecsOptions({ name: 'exporter', level: 'info', format: 'ecs' }), {
    write: (line: string) => void lines.push(line),
  });
  log.warn(fields, 'collector failed');
  assert.equal(lines.length, 1);
  return JSON.parse(lines[0]!) as Record<string, unknown>;
}

test('a line has the fields of the schema, and ours in their own place', () => {
  const line = lineOf({ collector: 'ping', client: '192.0.2.1', error: 'text', host: 'a' });
  assert.equal(line['log.level'], 'warn');
  assert.equal(line.message, 'collector failed');
  assert.equal(line['service.name'], 'latency-guard');
  assert.equal(line['event.dataset'], 'latency-guard.exporter');
  assert.match(String(line['service.version']), /^\d+\.\d+\.\d+/);
  assert.match(String(line['@timestamp']), /^\d{4}-\d\d-\d\dT.*Z$/);
  assert.equal(line['process.pid'], process.pid);
  assert.deepEqual(line.latency_guard, {
    collector: 'ping',
    client: '192.0.2.1',
    error: 'text',
    host: 'a',
  });
  for (const name of ['client', 'error', 'host', 'level', 'time']) assert.ok(!(name in line), name);
});

test('errors are errors of the schema, with and without an Error', () => {
  const { error } = lineOf({ err: new TypeError('no ping') }) as { error: Record<string, string> };
  assert.deepEqual([error.type, error.message], ['TypeError', 'no ping']);
  assert.match(error.stack_trace ?? '', /log-ecs\.test/);
  const text = lineOf({ err: 'no ping', collector: 'x' });
  assert.deepEqual([text['error.message'], text.latency_guard], ['no ping', { collector: 'x' }]);
  assert.ok(!('latency_guard' in lineOf({})));
});
