import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoDataError } from './collector.ts';
import { parseSchedstat } from './schedstat.ts';

const CPUS = [
  'timestamp 4295117580',
  'cpu0 0 0 0 0 0 0 90000000000 1500000000 77',
  'domain0 MC 03 5 5 0 0 0 0 0 0 5',
  'cpu11 1 0 3 4 5 6 250000000 0 9',
  '',
].join('\n');

test('nanoseconds of every known version, domains left out', () => {
  for (const version of [15, 16, 17]) {
    assert.deepEqual(parseSchedstat(`version ${version}\n${CPUS}`), [
      { cpu: '0', runningSeconds: 90, waitingSeconds: 1.5, timeslices: 77 },
      { cpu: '11', runningSeconds: 0.25, waitingSeconds: 0, timeslices: 9 },
    ]);
  }
});

test('another version is unavailable: its units are not known', () => {
  for (const version of [14, 18]) {
    assert.throws(
      () => parseSchedstat(`version ${version}\n${CPUS}`),
      (error: unknown) => {
        assert.ok(error instanceof NoDataError);
        assert.equal(error.reason, 'not_supported');
        assert.match(error.message, /version 1[48] is none of 15, 16, 17/);
        return true;
      },
    );
  }
});

test('anything else is refused', () => {
  const texts = [
    '',
    CPUS,
    'version 15\n',
    'version 15\ncpu0 1 2 3\n',
    'version 15\ncpu0 0 0 0 0 0 0 x 1 2\n',
  ];
  for (const text of texts) {
    assert.throws(() => parseSchedstat(text), /Cannot parse \/proc\/schedstat/, text);
  }
});
