import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createPerfRecorder, PerfBusyError } from './perf-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-perf-record-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();
const recording = { pids: [11, 12], seconds: 2, hertz: 49 };

/** A program that stands for perf: what it does as `perf record` and as `perf script`. */
function stand(name: string, record: string, script = 'cat'): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\nif [ "$1" = record ]; then ${record}\nelse ${script}\nfi\n`);
  chmodSync(file, 0o755);
  return file;
}

test('what record writes goes through script, line by line, without a file', async () => {
  const lines: string[] = [];
  const command = stand('pipe', 'echo "$@"', 'cat; echo "$@"');
  await createPerfRecorder(command).record(recording, (line) => lines.push(line), signal);
  assert.deepEqual(lines, [
    'record -q -F 49 -g -B -N -p 11,12 -o - -- sleep 2',
    'script -i - --no-inline -F comm,pid,tid,ip,sym,dso',
  ]);
});

test('time and number of processes are bounded', async () => {
  const lines: string[] = [];
  const recorder = createPerfRecorder(stand('bounded', 'echo "$@"'));
  const pids = Array.from({ length: 100 }, (_, index) => index + 1);
  await recorder.record({ pids, seconds: 3600, hertz: 49 }, (line) => lines.push(line), signal);
  assert.match(lines[0] ?? '', /-p 1,2,[\d,]+,64 -o - -- sleep 30$/);
});

test('there is one recording at a time, and the next one after its end, however it ended', async () => {
  const recorder = createPerfRecorder(stand('slow', 'exec sleep 60'));
  const abort = new AbortController();
  const first = recorder.record(recording, () => {}, abort.signal);
  await assert.rejects(
    recorder.record(recording, () => {}, signal),
    PerfBusyError,
  );
  abort.abort(new Error('enough'));
  await assert.rejects(first, /enough/);
  const second = new AbortController();
  const next = recorder.record(recording, () => {}, second.signal);
  second.abort(new Error('enough again'));
  await assert.rejects(next, /enough again/);
});

test('failures are told with their reason, those of record before those of script', async () => {
  const check = async (command: string, reason: string) =>
    assert.rejects(
      createPerfRecorder(command).record(recording, () => {}, signal),
      { reason },
    );
  await check(join(folder, 'nothing'), 'not_installed');
  const gone = "echo 'maps: No such process' >&2; exit 244";
  await check(stand('gone', gone, 'echo no data >&2; exit 255'), 'process_gone');
  await check(stand('mute', 'exit 1'), 'perf_failed');
  await check(stand('bad-script', 'echo x', 'cat >/dev/null; exit 3'), 'perf_failed');
});

test('an aborted request starts nothing', async () => {
  const recorder = createPerfRecorder(join(folder, 'nothing'));
  await assert.rejects(
    recorder.record(recording, () => {}, AbortSignal.abort()),
    {
      name: 'AbortError',
    },
  );
});
