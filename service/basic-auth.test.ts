import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashSync } from 'bcryptjs';
import { createAuthenticator, parseBasic } from './basic-auth.ts';

const USERS = { prom: hashSync('secret', 4), other: hashSync('else', 5) };
const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;

/** Counts the comparisons and answers by a table of right passwords. */
function fakeCompare(right: Readonly<Record<string, string>> = { [USERS.prom]: 'secret' }) {
  const hashes: string[] = [];
  const compare = async (password: string, hash: string) => {
    hashes.push(hash);
    return right[hash] === password;
  };
  return { hashes, compare };
}

test('real hashes are compared in a thread', async () => {
  const authenticate = createAuthenticator();
  assert.equal(await authenticate(basic('prom', 'secret'), USERS), 'accepted');
  assert.equal(await authenticate(basic('prom', 'wrong'), USERS), 'refused');
  assert.equal(await authenticate(basic('nobody', 'secret'), USERS), 'refused');
});

test('a password is compared once, right or wrong', async () => {
  const { hashes, compare } = fakeCompare();
  const authenticate = createAuthenticator(compare);
  for (let round = 0; round < 3; round += 1) {
    assert.equal(await authenticate(basic('prom', 'secret'), USERS), 'accepted');
    assert.equal(await authenticate(basic('prom', 'wrong'), USERS), 'refused');
  }
  assert.equal(hashes.length, 2);
});

test('a changed hash or a removed user is not remembered as good', async () => {
  const { compare } = fakeCompare();
  const authenticate = createAuthenticator(compare);
  assert.equal(await authenticate(basic('prom', 'secret'), USERS), 'accepted');
  assert.equal(await authenticate(basic('prom', 'secret'), { prom: USERS.other }), 'refused');
  assert.equal(await authenticate(basic('prom', 'secret'), { other: USERS.other }), 'refused');
});

test('an unknown user costs as much as the costliest known one and is never accepted', async () => {
  const hashes: string[] = [];
  const authenticate = createAuthenticator(async (_password, hash) => hashes.push(hash) > 0);
  assert.equal(await authenticate(basic('nobody', 'x'), USERS), 'refused');
  assert.equal(await authenticate(basic('constructor', 'x'), USERS), 'refused');
  assert.equal(await authenticate(basic('__proto__', 'x'), USERS), 'refused');
  assert.match(hashes.join(' '), /^(\$2b\$05\$\S{53} ?){3}$/);
});

test('a flood of guesses is cut off and does not push out who is known', async () => {
  const { compare } = fakeCompare();
  const authenticate = createAuthenticator(compare);
  await authenticate(basic('prom', 'secret'), USERS);
  const guesses = Array.from({ length: 200 }, (_, index) => basic('prom', `guess${index}`));
  const verdicts = await Promise.all(guesses.map((guess) => authenticate(guess, USERS)));
  assert.equal(verdicts.filter((verdict) => verdict === 'refused').length, 16);
  assert.equal(verdicts.filter((verdict) => verdict === 'busy').length, 184);
  for (const guess of guesses) await authenticate(guess, USERS);
  const never = createAuthenticator(async () => Promise.reject(new Error('compared again')));
  await assert.rejects(never(basic('prom', 'secret'), USERS), /compared again/);
  assert.equal(await authenticate(basic('prom', 'secret'), USERS), 'accepted');
});

test('a failed comparison is an error once, not for those behind it', async () => {
  let calls = 0;
  const authenticate = createAuthenticator(async () => {
    calls += 1;
    if (calls === 1) throw new Error('no thread');
    return true;
  });
  const first = authenticate(basic('prom', 'a'), USERS);
  const second = authenticate(basic('prom', 'b'), USERS);
  await assert.rejects(first, /no thread/);
  assert.equal(await second, 'accepted');
});

test('headers are read as RFC 7617 says', () => {
  assert.deepEqual(parseBasic(basic('a', 'b:c')), { user: 'a', password: 'b:c' });
  assert.deepEqual(parseBasic(basic('ä', '✓')), { user: 'ä', password: '✓' });
  assert.deepEqual(parseBasic(basic('a', '').replace('Basic', 'bAsIc')), {
    user: 'a',
    password: '',
  });
  const wrong = [
    undefined,
    '',
    'Basic',
    'Basic ?',
    'Bearer YTpi',
    'Basic YWI=',
    'Basic YTpi extra',
  ];
  for (const header of [...wrong, basic('a', 'x'.repeat(2_000))]) {
    assert.equal(parseBasic(header), undefined, header);
  }
});
