// What a scrape costs: ours, ours with `strict`, process-exporter, node_exporter, apps.plugin and the C floor, interleaved.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  cpuMs,
  median,
  residentMb,
  scrape,
  startDialogue,
  startTarget,
  type Target,
} from './rig.ts';

const [population, count = '1000', active = '0', rounds = '15'] = process.argv.slice(2);
const MAIN = join(import.meta.dirname, '../../exporter/main.ts');
const APPS_PLUGIN = '/usr/lib/netdata/plugins.d/apps.plugin';
/** What goes on after the answer, such as garbage collection and sampling, is part of the price. */
const SETTLE_MS = 300;
const WARM_UP_ROUNDS = 5;
const APPS_SECONDS = 10;

const folder = mkdtempSync(join(tmpdir(), 'guard-compare-'));
const targets: Target[] = [];
const people = startDialogue(population!, ['spawn', count, active]);
const floor = startDialogue(population!, ['floor']);
try {
  await people.next();
  await startAll();
  print(await measure(), await measureApps());
} finally {
  for (const { child } of targets) child.kill();
  people.end();
  floor.end();
  rmSync(folder, { recursive: true });
}
process.exit(0);

async function startAll(): Promise<void> {
  const strict = join(folder, 'strict.yml');
  writeFileSync(strict, 'process: {strict: true}\n');
  const names = join(folder, 'names.yml');
  writeFileSync(names, 'process_names: [{name: "{{.Comm}}", cmdline: [".*"]}]\n');
  const listen = (port: number) => `--web.listen-address=127.0.0.1:${port}`;
  const own = [process.execPath, MAIN, '--log.level=error'];
  const peer = ['prometheus-process-exporter', '-config.path', names, '-threads=false'];
  const commands: readonly (readonly [string, number, readonly string[]])[] = [
    ['guard', 29101, [...own, listen(29101)]],
    ['guard strict', 29102, [...own, listen(29102), `--config.file=${strict}`]],
    ['process-exporter', 29103, [...peer, '-gather-smaps=false', listen(29103)]],
    ['node_exporter', 29104, ['prometheus-node-exporter', '--log.level=error', listen(29104)]],
  ];
  for (const [name, port, command] of commands) {
    const target = await startTarget(name, port, command).catch((error: Error) => {
      process.stderr.write(`left out: ${error.message}\n`);
    });
    if (target !== undefined) targets.push(target);
  }
}

interface Row {
  readonly name: string;
  readonly cpu: number[];
  bytes: number;
  residentMb: number;
}

async function measure(): Promise<Row[]> {
  const rows = [...targets.map(({ name }) => name), 'C floor'].map(
    (name): Row => ({ name, cpu: [], bytes: Number.NaN, residentMb: Number.NaN }),
  );
  for (let round = -WARM_UP_ROUNDS; round < Number(rounds); round += 1) {
    for (const [index, target] of targets.entries()) {
      const before = cpuMs(target.pid);
      rows[index]!.bytes = await scrape(target.port);
      await sleep(SETTLE_MS);
      if (round >= 0) rows[index]!.cpu.push(cpuMs(target.pid) - before);
      rows[index]!.residentMb = residentMb(target.pid);
    }
    const least = Number(await floor.ask(''));
    if (round >= 0) rows.at(-1)!.cpu.push(least);
  }
  return rows;
}

/** It has no scrape: the price of one of its readings, which it makes every second. */
async function measureApps(): Promise<Row | undefined> {
  if (!existsSync(APPS_PLUGIN)) return undefined;
  const child = spawn(APPS_PLUGIN, ['1'], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.stdout.resume();
  await sleep(2000);
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  const before = cpuMs(child.pid!);
  await sleep(APPS_SECONDS * 1000);
  const cpu = [(cpuMs(child.pid!) - before) / APPS_SECONDS];
  const row = { name: 'apps.plugin', cpu, bytes: Number.NaN, residentMb: residentMb(child.pid!) };
  child.kill();
  return row;
}

function print(rows: readonly Row[], apps: Row | undefined): void {
  const floorMs = median(rows.find(({ name }) => name === 'C floor')!.cpu);
  const peer = rows.find(({ name }) => name === 'process-exporter');
  const peerMs = peer === undefined ? Number.NaN : median(peer.cpu);
  const number = (value: number, digits: number) =>
    (Number.isNaN(value) ? '-' : value.toFixed(digits)).padStart(9);
  process.stdout.write(`${count} processes, ${active} % active, median of ${rounds} scrapes\n`);
  process.stdout.write('who                cpu ms   min ms  x floor 1/x peer     kB   RSS MB\n');
  for (const { name, cpu, bytes, residentMb: memory } of apps ? [...rows, apps] : rows) {
    const ms = median(cpu);
    const cells = [number(ms, 1), number(Math.min(...cpu), 1), number(ms / floorMs, 2)];
    cells.push(number(peerMs / ms, 1), number(bytes / 1024, 0), number(memory, 0));
    process.stdout.write(`${name.padEnd(16)}${cells.join('')}\n`);
  }
}
