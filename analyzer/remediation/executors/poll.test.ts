import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ExecutorError } from '../executor.ts';
import { poll } from './poll.ts';

const { signal } = new AbortController();

test('asks until there is an answer, through an outage', async () => {
  const answers = [undefined, new ExecutorError('no_answer', 'restarting'), 'done'];
  const polled = await poll(
    async () => {
      const next = answers.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    { timeoutMs: 60_000, signal },
  );
  assert.deepEqual(polled, { ended: 'answer', value: 'done' });
});

test('what does not pass by itself ends it at once', async () => {
  let asked = 0;
  const refuse = async () => {
    asked += 1;
    throw new ExecutorError('not_authorized', 'no');
  };
  await assert.rejects(poll(refuse, { timeoutMs: 60_000, signal }), { reason: 'not_authorized' });
  assert.equal(asked, 1);
});

test('without an answer it ends in time, and tells the last error', async () => {
  const down = async () => {
    throw new ExecutorError('not_sent', 'refused', true);
  };
  const polled = await poll(down, { timeoutMs: 300, signal });
  assert.deepEqual(polled, { ended: 'timeout', lastError: 'refused' });
  const never = (either: AbortSignal) =>
    new Promise<undefined>((resolve) => {
      either.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  const cancel = new AbortController();
  const waiting = poll(never, { timeoutMs: 60_000, signal: cancel.signal });
  cancel.abort();
  assert.deepEqual(await waiting, { ended: 'aborted', lastError: undefined });
});
