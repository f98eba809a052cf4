import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  parseCmdline,
  parseIo,
  parseOpenFilesLimit,
  parseSchedstat,
  parseStat,
  parseState,
  parseStatus,
  parseUsers,
} from './parse.ts';

const REST =
  'S 1 812 812 0 -1 4194560 200 9 3 4 250 125 7 8 20 0 5 0 4200 1000000 300 18446744073709551615 1 1 140722588028272 0 0 0';

test('a stat line gives what the fields say', () => {
  assert.deepEqual(parseStat(`812 (nginx) ${REST}\n`), {
    comm: 'nginx',
    state: 'S',
    parentPid: 1,
    kernel: false,
    minorFaults: 200,
    majorFaults: 3,
    userSeconds: 2.5,
    systemSeconds: 1.25,
    reapedUserSeconds: 0.07,
    reapedSystemSeconds: 0.08,
    threads: 5,
    startTicks: 4200,
    stackAddress: 140_722_588_028_272,
  });
});

test('a name may hold blanks, parentheses, newlines and letters outside ASCII', () => {
  for (const comm of ['tmux: server', 'a) R 1 (b', 'two\nlines', '((()))', '', 'café']) {
    const text = Buffer.from(`7 (${comm}) ${REST}\n`).toString('latin1');
    assert.equal(parseStat(text)?.comm, comm);
    assert.equal(parseStat(text)?.state, 'S');
    assert.equal(parseState(text), 'S');
  }
});

test('a kernel thread is told by its flag, not by its parent', () => {
  const kernel = '17 (kworker/0:1) I 2 0 0 0 -1 69238880 0 0 0 0 0 5 0 0 20 0 1 0 9 0 0 0 0 0 0\n';
  assert.equal(parseStat(kernel)?.kernel, true);
  assert.equal(parseStat(`9 (tini) ${REST.replace('S 1', 'S 2')}\n`)?.kernel, false);
});

test('what is no stat line is undefined', () => {
  for (const text of ['', 'nonsense', '12 (cut) S 1 2', '12 cut) S', ')(']) {
    assert.equal(parseStat(text), undefined, text);
  }
  assert.equal(parseState(''), '');
});

const STATUS = `Name:	java
Uid:	1000	1001	1000	1000
VmPeak:	    9999 kB
VmSize:	    3060 kB
VmRSS:	    1740 kB
RssAnon:	     112 kB
RssFile:	    1628 kB
VmSwap:	       8 kB
Threads:	31
voluntary_ctxt_switches:	17
nonvoluntary_ctxt_switches:	5
`;

test('memory, user and switches come from status', () => {
  assert.deepEqual(parseStatus(STATUS), {
    uid: 1001,
    residentBytes: 1740 * 1024,
    anonymousBytes: 112 * 1024,
    virtualBytes: 3060 * 1024,
    swapBytes: 8 * 1024,
    voluntarySwitches: 17,
    involuntarySwitches: 5,
  });
});

test('a process without memory lines has none, a missing line is unknown', () => {
  const zombie = STATUS.replace(/^(Vm|Rss).*\n/gm, '');
  assert.equal(parseStatus(zombie).residentBytes, 0);
  assert.equal(parseStatus(zombie).swapBytes, 0);
  const old = STATUS.replace(/^RssAnon.*\n/m, '');
  assert.equal(parseStatus(old).anonymousBytes, Number.NaN);
  assert.equal(parseStatus(old).residentBytes, 1740 * 1024);
  assert.equal(parseStatus('').voluntarySwitches, Number.NaN);
  assert.equal(parseStatus('').uid, Number.NaN);
});

test('storage bytes are told from all bytes', () => {
  const text =
    'rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 512\n';
  assert.deepEqual(parseIo(text), { readBytes: 4096, writtenBytes: 8192 });
  assert.deepEqual(parseIo('rchar: 1\n'), { readBytes: Number.NaN, writtenBytes: Number.NaN });
});

test('schedstat is nanoseconds', () => {
  assert.deepEqual(parseSchedstat('2500000000 1000 42\n'), {
    runningSeconds: 2.5,
    runnableSeconds: 1e-6,
    slices: 42,
  });
  assert.equal(parseSchedstat(''), undefined);
  assert.equal(parseSchedstat('1 2'), undefined);
});

test('the soft limit of open files', () => {
  const limits = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             96365                96365                processes \nMax open files            ${soft}                 524288               files     \n`;
  assert.equal(parseOpenFilesLimit(limits('1024')), 1024);
  assert.equal(parseOpenFilesLimit(limits('unlimited')), Number.POSITIVE_INFINITY);
  assert.equal(parseOpenFilesLimit(''), Number.NaN);
});

test('arguments and users', () => {
  assert.deepEqual(parseCmdline('node\0my app.js\0\0'), ['node', 'my app.js']);
  assert.deepEqual(parseCmdline(''), []);
  assert.deepEqual(parseCmdline('a\0\0b\0'), ['a', '', 'b']);
  const users = parseUsers('root:x:0:0::/root:/bin/sh\nbad line\ntoor:x:0:0\nweb:x:33:33::/:/x\n');
  assert.deepEqual(
    [...users],
    [
      [0, 'root'],
      [33, 'web'],
    ],
  );
});
