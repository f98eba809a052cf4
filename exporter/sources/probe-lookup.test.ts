import assert from 'node:assert/strict';
import type { LookupAddress } from 'node:dns';
import { test } from 'node:test';
import { createProbeLookup } from './probe-lookup.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A resolver that answers a name when it is told to. */
function manual() {
  const asked: string[] = [];
  const answers = new Map<string, PromiseWithResolvers<LookupAddress[]>>();
  const lookup = createProbeLookup((host) => {
    asked.push(host);
    const answer = Promise.withResolvers<LookupAddress[]>();
    answers.set(host, answer);
    return answer.promise;
  });
  return { asked, answers, lookup };
}

test('the real resolver knows localhost and no invalid name', async () => {
  const lookup = createProbeLookup();
  const addresses = await lookup('localhost');
  assert.ok(addresses.some(({ address }) => address === '127.0.0.1' || address === '::1'));
  await assert.rejects(lookup('nowhere.invalid'), /ENOTFOUND|EAI_AGAIN/);
});

test('an address is not looked up', async () => {
  const { asked, lookup } = manual();
  assert.deepEqual(await lookup('192.0.2.1'), [{ address: '192.0.2.1', family: 4 }]);
  assert.deepEqual(await lookup('2001:db8::1'), [{ address: '2001:db8::1', family: 6 }]);
  assert.deepEqual(asked, []);
});

test('two names at a time, the same name once, and a failure frees its place', async () => {
  const { asked, answers, lookup } = manual();
  const one = [lookup('a'), lookup('a')];
  const two = assert.rejects(lookup('b'), /no such name/);
  const three = lookup('c');
  await turn();
  assert.deepEqual(asked, ['a', 'b']);
  answers.get('b')?.reject(new Error('no such name'));
  await two;
  await turn();
  assert.deepEqual(asked, ['a', 'b', 'c']);
  for (const host of ['a', 'c']) answers.get(host)?.resolve([{ address: '::1', family: 6 }]);
  for (const answer of await Promise.all([...one, three])) {
    assert.deepEqual(answer, [{ address: '::1', family: 6 }]);
  }
  const again = lookup('a');
  await turn();
  assert.deepEqual(asked, ['a', 'b', 'c', 'a']);
  answers.get('a')?.resolve([]);
  assert.deepEqual(await again, []);
});
