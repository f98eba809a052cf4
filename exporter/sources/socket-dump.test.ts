import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSocketDumpReader } from './socket-dump.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-ss-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();
const skip = spawnSync('ss', ['-V']).error === undefined ? false : 'ss is not installed';

/** A stand-in for ss, as a shell script. */
function script(name: string, body: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}

test('the real ss writes netlink messages that end with the end mark', { skip }, async () => {
  const { bytes, truncated } = await createSocketDumpReader()(signal);
  assert.equal(truncated, false);
  assert.ok(bytes.length >= 20);
  assert.equal(bytes.readUInt16LE(bytes.length - 16), 3);
});

test('a missing ss says what to install', async () => {
  const read = createSocketDumpReader({ command: join(folder, 'nothing') });
  await assert.rejects(read(signal), (error: Error & { reason?: string }) => {
    assert.equal(error.reason, 'not_installed');
    assert.match(error.message, /install iproute2/);
    return true;
  });
});

test('an ss that may not be run is a missing permission', async () => {
  const command = join(folder, 'locked');
  writeFileSync(command, '');
  chmodSync(command, 0o600);
  await assert.rejects(createSocketDumpReader({ command })(signal), {
    reason: 'permission_denied',
  });
});

test('what a failing ss complains about is quoted', async () => {
  const command = script('failing', "echo 'Cannot open netlink socket' >&2; exit 3");
  await assert.rejects(
    createSocketDumpReader({ command })(signal),
    /failed with status 3: Cannot open netlink socket/,
  );
});

test('an ss that hangs is ended', async () => {
  const command = script('hanging', 'exec sleep 60');
  await assert.rejects(
    createSocketDumpReader({ command, timeoutMs: 100 })(signal),
    /did not end within 100 ms/,
  );
});

test('an ss that writes without end is cut', async () => {
  const command = script('flooding', 'exec cat /dev/zero');
  const { bytes, truncated } = await createSocketDumpReader({ command, maxBytes: 100_000 })(signal);
  assert.equal(bytes.length, 100_000);
  assert.equal(truncated, true);
});

test('an abort ends it at once', async () => {
  const command = script('patient', 'exec sleep 60');
  const abort = new AbortController();
  const reading = createSocketDumpReader({ command })(abort.signal);
  abort.abort();
  await assert.rejects(reading, { name: 'AbortError' });
});
