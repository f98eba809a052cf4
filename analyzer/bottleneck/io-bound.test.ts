import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ioBound } from './io-bound.ts';
import { type FeatureValues, groupWith, judgeWith, ruleContract } from './rule.contract.ts';

const WRITER: FeatureValues = {
  group_disk_wait_threads: 0.8,
  group_read_bytes_per_second: 1_000,
  group_written_bytes_per_second: 80_000_000,
  host_io_waiting_ratio: 0.7,
  host_disk_busy_ratio: 0.98,
  host_disk_await_seconds: 0.02,
  host_disk_bytes_per_second: 90_000_000,
};
const scoreOf = (values: FeatureValues) => judgeWith(ioBound, groupWith(values))?.score ?? 0;

ruleContract(ioBound, groupWith(WRITER));

test('threads in disk wait on a busy disk are I/O-bound, and the disk is named', () => {
  const judgement = judgeWith(ioBound, groupWith(WRITER));
  assert.ok(judgement!.score > 0.8);
  assert.match(judgement!.evidence.map(({ text }) => text).join('\n'), /sda is 98 % busy/);
});

test('block throttling: pressure without a busy device is enough', () => {
  assert.ok(scoreOf({ ...WRITER, host_disk_busy_ratio: 0, host_io_waiting_ratio: 0.9 }) > 0.8);
});

test('threads in disk wait while nothing is short are not a bottleneck', () => {
  assert.ok(scoreOf({ ...WRITER, host_disk_busy_ratio: 0.1, host_io_waiting_ratio: 0.02 }) < 0.5);
});

test('a buffered writer is seen by its bytes', () => {
  assert.ok(scoreOf({ ...WRITER, group_disk_wait_threads: 0.05 }) > 0.8);
  assert.ok(
    scoreOf({
      ...WRITER,
      group_disk_wait_threads: 0.05,
      group_written_bytes_per_second: 2_000_000,
    }) < 0.5,
    'a small writer beside a large one is not blamed',
  );
});

test('the kernel’s own flusher threads are not blamed', () => {
  assert.equal(judgeWith(ioBound, groupWith(WRITER, [], 'kernel:kworker')), undefined);
});

test('without disk and pressure numbers nothing is claimed', () => {
  assert.equal(judgeWith(ioBound, groupWith({ group_disk_wait_threads: 3 })), undefined);
});

test('bytes that could not be read are not said to be 0', () => {
  const { group_read_bytes_per_second, ...rest } = WRITER;
  const text = judgeWith(ioBound, groupWith(rest))!
    .evidence.map((one) => one.text)
    .join('\n');
  assert.match(text, /it writes 76.3 MiB\/s/);
  assert.doesNotMatch(text, /it reads/);
});
