import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { faultsCommand, selectCases } from './flags.ts';
import { CASES } from './list.ts';

const parse = (...args: string[]) =>
  faultsCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parse(args, { from: 'user' })
    .opts();
const MAIN = join(import.meta.dirname, 'main.ts');

test('defaults and given values', () => {
  assert.deepEqual(parse(), {
    seconds: 120,
    lookAlikeSeconds: 600,
    quietSeconds: 60,
    settleSeconds: 240,
    output: 'text',
  });
  const given = parse('--seconds=30', '--only', 'io_bound, idle-threads', '--output=json');
  assert.equal(given.seconds, 30);
  assert.deepEqual(given.only, ['io_bound', 'idle-threads']);
});

test('--only takes kinds, names and all look-alikes, in the order of the list', () => {
  const names = (...only: string[]) => selectCases({ only }).map(({ name }) => name);
  assert.deepEqual(names('io-bound', 'fd_exhaustion'), ['io-bound', 'fd-exhaustion']);
  assert.deepEqual(names('io_bound'), ['io-bound', 'io-bound-throttled']);
  assert.ok(names('look-alikes').length >= 8);
  assert.ok(selectCases({ only: ['look-alikes'] }).every(({ expected }) => expected === undefined));
  assert.equal(selectCases({}).length, CASES.length);
});

test('mistakes are refused', () => {
  for (const args of [
    ['--only=nothing_like_it'],
    ['--only='],
    ['--seconds=4'],
    ['--seconds=1e9'],
    ['--seconds='],
    ['--seconds=long'],
    ['--quiet-seconds=-1'],
    ['--output=xml'],
    ['--colour'],
    ['extra'],
  ]) {
    assert.throws(() => parse(...args), /invalid|unknown|too many/, args.join(' '));
  }
});

test('a mistake on the command line ends with 2 and says what would do', () => {
  const options = { encoding: 'utf8', timeout: 30_000 } as const;
  const { status, stderr } = spawnSync(process.execPath, [MAIN, '--only=cpu'], options);
  assert.equal(status, 2);
  assert.match(stderr, /'cpu' is neither a kind nor a case/);
});
