// Simulated fault: no program inside a virtual machine can make the hypervisor take CPU time, so /proc/stat is imitated.
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FaultCase } from '../case.ts';
import { firstReason, noNamespace } from '../needs.ts';
import type { Stage } from '../stage.ts';
import { createThief } from '../steal.ts';

const SHARE = 0.35;
const TICK_MS = 500;
const MAX_STAT_BYTES = 1 << 20;

export const cpuSteal: FaultCase = {
  name: 'cpu-steal',
  about: 'A third of the CPU time is booked as stolen by the hypervisor while a service computes.',
  // Stolen time is the host's: whoever computes is its victim, nobody on this host is to blame.
  expected: { kind: 'cpu_steal', blames: [{}] },
  simulated: 'time is rebooked as steal in a copy of /proc/stat that is mounted over the real one',
  missing: () => firstReason(noNamespace()),
  async start(stage) {
    stage.runOwn('burn', [availableParallelism(), 40, 50], { name: 'victim' });
    await replaceStat(stage);
  },
};

async function replaceStat(stage: Stage): Promise<void> {
  const real = openSync('/proc/stat', 'r');
  stage.onEnd(() => closeSync(real));
  const name = join(stage.folder, 'stat');
  const copy = openSync(name, 'w');
  stage.onEnd(() => closeSync(copy));
  const steal = createThief(SHARE);
  // In place and in one write: the mount shows this inode, and no reader may find it empty.
  const refresh = (): void => ftruncateSync(copy, writeSync(copy, steal(readWhole(real)), 0));
  refresh();
  await stage.run({ command: 'mount', args: ['--bind', name, '/proc/stat'] }).done();
  stage.onEnd(() => stage.run({ command: 'umount', args: ['/proc/stat'] }).done());
  const timer = setInterval(refresh, TICK_MS);
  stage.onEnd(() => clearInterval(timer));
}

function readWhole(file: number): string {
  const buffer = Buffer.alloc(MAX_STAT_BYTES);
  let length = 0;
  for (let read = 1; read > 0 && length < buffer.length; length += read) {
    read = readSync(file, buffer, length, buffer.length - length, length);
  }
  return buffer.toString('latin1', 0, length);
}
