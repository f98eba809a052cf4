import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDispatcher, type DispatcherOptions } from './dispatcher.ts';
import type { Message, Notifier } from './message.ts';
import { NotifyError } from './notify-error.ts';

const message = (key: string): Message => ({
  ...{ key, severity: 'info', title: key, text: '', files: [] },
});
const retry = { attempts: 3, firstPauseMs: 1, maxPauseMs: 1_000 };

function setUp(send: Notifier['send'], more: Partial<DispatcherOptions> = {}) {
  let now = 0;
  const dispatcher = createDispatcher({
    ...{ notifiers: new Map([['ops', { send }]]), window: 100, maxPerHour: 5, retry },
    clock: () => now,
    ...more,
  });
  const deliver = async (key: string) => (await dispatcher.deliver(message(key), ['ops']))[0]!;
  return { dispatcher, deliver, goTo: (time: number) => (now = time) };
}

test('the same is told once within the window', async () => {
  const sent: string[] = [];
  const { deliver, goTo } = setUp(async ({ key }) => void sent.push(key));
  assert.equal((await deliver('a')).outcome, 'sent');
  assert.equal((await deliver('a')).outcome, 'duplicate');
  goTo(101);
  assert.equal((await deliver('a')).outcome, 'sent');
  assert.deepEqual(sent, ['a', 'a']);
});

test('no more than so many an hour, and those that were not told may come again', async () => {
  const { deliver, goTo } = setUp(async () => {});
  for (const key of ['a', 'b', 'c', 'd', 'e']) assert.equal((await deliver(key)).outcome, 'sent');
  assert.equal((await deliver('f')).outcome, 'limited');
  goTo(3_601);
  assert.equal((await deliver('f')).outcome, 'sent');
});

test('what may pass is tried again, what will not is told at once', async () => {
  let attempts = 0;
  const flaky = setUp(async () => {
    attempts += 1;
    if (attempts < 3) throw new NotifyError('http_503', 'busy', { isRetryable: true });
  });
  assert.equal((await flaky.deliver('a')).outcome, 'sent');
  assert.equal(attempts, 3);
  let refused = 0;
  const wrong = setUp(async () => {
    refused += 1;
    throw new NotifyError('http_401', 'who are you');
  });
  assert.deepEqual(await wrong.deliver('a'), {
    ...{ channel: 'ops', outcome: 'failed', detail: 'who are you' },
  });
  assert.equal(refused, 1);
  await wrong.deliver('a');
  assert.equal(refused, 2, 'what failed is no duplicate');
});

test('a receiver that asks for more patience than there is, is given up', async () => {
  let attempts = 0;
  const { deliver } = setUp(async () => {
    attempts += 1;
    throw new NotifyError('http_429', 'later', { isRetryable: true, retryAfter: 3_600 });
  });
  assert.equal((await deliver('a')).outcome, 'failed');
  assert.equal(attempts, 1);
});

test('one channel that hangs holds up no other, and the end comes when it is asked for', async () => {
  const hanging: Notifier = {
    send: (_message, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new NotifyError('stopped', 'stopped')));
      }),
  };
  const fine: Notifier = { send: async () => {} };
  const { dispatcher } = setUp(fine.send, {
    notifiers: new Map([
      ['slow', hanging],
      ['fine', fine],
    ]),
    maxPerHour: 1_000,
  });
  const stuck = dispatcher.deliver(message('a'), ['slow']);
  assert.equal((await dispatcher.deliver(message('a'), ['fine']))[0]?.outcome, 'sent');
  const queued = Array.from({ length: 99 }, (_, n) =>
    dispatcher.deliver(message(`q${n}`), ['slow']),
  );
  const [full] = await dispatcher.deliver(message('one too many'), ['slow']);
  assert.equal(full?.outcome, 'full');
  const [unknown] = await dispatcher.deliver(message('a'), ['nobody']);
  assert.equal(unknown?.outcome, 'unknown_channel');
  const waiting = Promise.all([stuck, ...queued]);
  await Promise.all([dispatcher.stop(), waiting]);
  assert.ok((await waiting).every(([delivery]) => delivery?.outcome !== 'sent'));
});
