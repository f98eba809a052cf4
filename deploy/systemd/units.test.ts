// systemd's own judgement of the units, without a running systemd.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';

const SERVICES = ['latency-guard-exporter.service', 'latency-guard-analyzer.service'];
const ROOT = join(import.meta.dirname, '..', '..');
/** Tenths of systemd's exposure level, where 100 is a service without any protection. */
const MAX_EXPOSURE = 30;
const folder = mkdtempSync(join(tmpdir(), 'guard-units-'));
after(() => rmSync(folder, { recursive: true }));
const missing = spawnSync('systemd-analyze', ['--version']).error !== undefined;
const skip = missing ? 'no systemd-analyze here' : false;
const textOf = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

function analyze(...args: readonly string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

/** The unit with the Node.js of this machine, where it is not /usr/bin/node. */
function localCopy(name: string, change = (text: string) => text): string {
  const file = join(folder, basename(name));
  writeFileSync(
    file,
    change(textOf(name).replace('/opt/latency-guard/bin/node', process.execPath)),
  );
  return file;
}

for (const name of SERVICES) {
  test(`systemd understands every line of ${name}`, { skip }, () => {
    assert.deepEqual(analyze('verify', localCopy(name)), { status: 0, text: '' });
  });

  test(`${name} is exposed little`, { skip }, () => {
    const args = ['security', '--offline=true', '--no-pager', `--threshold=${MAX_EXPOSURE}`];
    const { status, text } = analyze(...args, localCopy(name));
    assert.equal(status, 0, text);
  });

  test(`${name} starts what is there`, () => {
    const main = /^ExecStart=\/opt\/latency-guard\/bin\/node (\S+) /m.exec(textOf(name))?.[1] ?? '';
    assert.ok(main.endsWith('/main.ts') && existsSync(join(ROOT, main)), main);
  });
}

test('the check above can fail', { skip }, () => {
  const broken = localCopy(SERVICES[0]!, (text) => text.replace('ProtectClock', 'ProtectClocks'));
  assert.match(analyze('verify', broken).text, /Unknown key (name )?'ProtectClocks'/);
  const open = localCopy(SERVICES[0]!, (text) => text.replaceAll(/^(Protect|Restrict).*$/gm, ''));
  const args = ['security', '--offline=true', '--no-pager', `--threshold=${MAX_EXPOSURE}`];
  assert.notEqual(analyze(...args, open).status, 0);
});
