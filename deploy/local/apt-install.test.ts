import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const SCRIPT = join(import.meta.dirname, 'apt-install.sh');
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A machine of straw: apt-get and systemctl only write down how they were called. */
function makeMachine(aptGet: string) {
  const root = mkdtempSync(join(tmpdir(), 'guard-apt-'));
  folders.push(root);
  const at = (name: string) => join(root, name);
  mkdirSync(at('bin'));
  mkdirSync(at('units'));
  mkdirSync(at('systemd'));
  for (const [name, body] of Object.entries({ 'apt-get': aptGet, systemctl: '' })) {
    writeFileSync(
      at(`bin/${name}`),
      `#!/bin/sh\necho "${name} $*; policy $(cat ${at('policy')} 2>/dev/null | tail -1)" >>${at('calls')}\n${body}\n`,
    );
    chmodSync(at(`bin/${name}`), 0o755);
  }
  const env = {
    PATH: `${at('bin')}:/usr/sbin:/usr/bin:/sbin:/bin`,
    GUARD_POLICY_FILE: at('policy'),
    GUARD_UNIT_FOLDERS: at('units'),
    GUARD_SYSTEMD_RUNNING: at('systemd'),
  };
  return { at, env, calls: () => readFileSync(at('calls'), 'utf8').trim().split('\n') };
}

test('services cannot start during the installation, and only those that came with it are disabled', () => {
  const machine = makeMachine('touch "$GUARD_UNIT_FOLDERS/prometheus-alertmanager.service"');
  writeFileSync(machine.at('units/prometheus.service'), 'somebody uses this one');
  const { status } = spawnSync('sh', [SCRIPT, 'prometheus'], { env: machine.env });
  assert.equal(status, 0);
  assert.deepEqual(
    machine.calls().map((call) => call.replace('-o DPkg::Lock::Timeout=120 ', '')),
    [
      'apt-get update; policy exit 101',
      'apt-get install -y --no-install-recommends prometheus; policy exit 101',
      'systemctl disable --now prometheus-alertmanager.service; policy exit 101',
    ],
  );
  assert.equal(existsSync(machine.at('policy')), false);
});

test('a failure is a failure, and leaves no policy behind', () => {
  const machine = makeMachine('exit 100');
  const { status } = spawnSync('sh', [SCRIPT, 'prometheus'], { env: machine.env });
  assert.equal(status, 100);
  assert.equal(existsSync(machine.at('policy')), false);
  assert.equal(machine.calls().length, 1);
});

test('the policy of the machine stays as it is; one that we left behind once goes', () => {
  const machine = makeMachine('');
  writeFileSync(machine.at('policy'), '#!/bin/sh\nexit 0');
  assert.equal(spawnSync('sh', [SCRIPT, 'x'], { env: machine.env }).status, 0);
  assert.equal(readFileSync(machine.at('policy'), 'utf8'), '#!/bin/sh\nexit 0');
  writeFileSync(machine.at('policy'), '#!/bin/sh\n# Latency Guard: temporary\nexit 101\n');
  assert.equal(spawnSync('sh', [SCRIPT, 'x'], { env: machine.env }).status, 0);
  assert.equal(existsSync(machine.at('policy')), false);
});

test('a signal ends apt-get and removes the policy', async () => {
  const machine = makeMachine('exec sleep 60');
  const child = spawn('sh', [SCRIPT, 'prometheus'], { env: machine.env, stdio: 'ignore' });
  const exit = new Promise((resolve) => child.once('exit', resolve));
  for (let round = 0; round < 200 && !existsSync(machine.at('calls')); round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.equal(existsSync(machine.at('policy')), true);
  child.kill('SIGTERM');
  assert.equal(await exit, 143);
  assert.equal(existsSync(machine.at('policy')), false);
});
