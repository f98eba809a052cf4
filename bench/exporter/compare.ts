// What a scrape costs, on four populations: ours, process-exporter, node_exporter and the C floor, interleaved in one run; then
// apps.plugin, which has no scrape. Prints a table per population and a gate per bar; the exit code is 1 when a bar is not held.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { median } from '../../analyzer/math/quantile.ts';
import { fraction, type Gate, megabytes, printGates, times } from './gate.ts';
import {
  type Dialogue,
  ownExporter,
  type Rig,
  residentMb,
  runBenchmark,
  scrape,
  type Target,
} from './rig.ts';

/** What goes on after the answer, such as garbage collection and sampling, is part of the price. */
const SETTLE_MS = Number(process.env.PAUSE_MS ?? 300);
const WARM_UP_ROUNDS = 5;
const APPS_PLUGIN = '/usr/lib/netdata/plugins.d/apps.plugin';
const GONE_TIMEOUT_MS = 30_000;

interface Population {
  readonly name: string;
  readonly count: number;
  readonly activePercent: number;
  readonly strict: boolean;
  readonly bars: { readonly floorRatio: number; readonly peerRatio: number; readonly mb: number };
}

const POPULATIONS: readonly Population[] = [
  {
    name: '1,000 idle',
    count: 1_000,
    activePercent: 0,
    strict: false,
    bars: { floorRatio: 0.3, peerRatio: 1 / 25, mb: 90 },
  },
  {
    name: '4,000 idle',
    count: 4_000,
    activePercent: 0,
    strict: false,
    bars: { floorRatio: 0.22, peerRatio: 1 / 35, mb: 110 },
  },
  {
    name: '1,000, 20 % active',
    count: 1_000,
    activePercent: 20,
    strict: false,
    bars: { floorRatio: 0.6, peerRatio: 1 / 12, mb: 90 },
  },
  {
    name: '1,000 idle, strict',
    count: 1_000,
    activePercent: 0,
    strict: true,
    bars: { floorRatio: 0.8, peerRatio: 1 / 10, mb: 90 },
  },
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    rounds: { type: 'string' },
  },
});
const population = positionals[0]!;
const rounds = Number(values.rounds ?? (values.quick ? 5 : 15));
const appsSeconds = values.quick ? 3 : 10;
const wanted = POPULATIONS.filter(({ name }) => name.includes(values.only));

/** One program of the comparison. */
interface Row {
  readonly name: string;
  /** CPU milliseconds per scrape. */
  readonly cpu: number[];
  /** The same with child processes, mean of the run. */
  treeMs: number;
  bytes: number;
  residentMb: number;
}

await runBenchmark(async (rig) => {
  if (wanted.length === 0 || !(rounds >= 1))
    throw new Error(`nothing to do: ${process.argv.slice(2).join(' ')}`);
  const gates: Gate[] = [];
  for (const each of wanted) {
    const before = countProcesses();
    const rows = await compare(rig, each);
    print(each, rows);
    gates.push(...gatesOf(each, rows));
    await rig.end();
    await untilGone(before);
  }
  process.stdout.write('\n');
  return printGates(gates);
});

async function compare(rig: Rig, each: Population): Promise<Row[]> {
  const { count, activePercent } = each;
  const folder = mkdtempSync(join(tmpdir(), 'guard-compare-'));
  try {
    const people = rig.dialogue(population, ['spawn', String(count), String(activePercent)]);
    await people.next();
    const targets = await startTargets(rig, folder, each.strict);
    const floor = rig.dialogue(population, ['floor']);
    const clock = rig.dialogue(population, ['clock']);
    const rows = await measure(targets, floor, clock);
    const apps = await measureApps(rig, clock);
    return apps === undefined ? rows : [...rows, apps];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function startTargets(rig: Rig, folder: string, strict: boolean): Promise<Target[]> {
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const flags = strict ? [`--config.file=${file('strict.yml', 'process: {strict: true}\n')}`] : [];
  const byName = file('names.yml', 'process_names: [{name: "{{.Comm}}", cmdline: [".*"]}]\n');
  const peer = ['prometheus-process-exporter', '-config.path', byName, '-threads=false'];
  const own = await rig.target('guard', (listen) => ownExporter(listen, ...flags));
  const peers = [
    () => rig.target('process-exporter', (listen) => [...peer, '-gather-smaps=false', listen]),
    () => rig.target('node_exporter', (listen) => ['prometheus-node-exporter', listen]),
  ];
  const targets = [own];
  for (const start of peers) {
    const target = await start().catch((error: Error) => {
      process.stderr.write(`left out: ${error.message}\n`);
    });
    if (target !== undefined) targets.push(target);
  }
  return targets;
}

async function measure(
  targets: readonly Target[],
  floor: Dialogue,
  clock: Dialogue,
): Promise<Row[]> {
  const rows = [...targets.map(({ name }) => name), 'C floor'].map(emptyRow);
  const treeMs = async ({ pid }: Target) => Number(await clock.ask(`${pid} tree`));
  for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
    for (const { port } of targets) {
      await scrape(port);
      await sleep(SETTLE_MS);
    }
  }
  const before = await inTurn(targets, treeMs);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { pid, port }] of targets.entries()) {
      const row = rows[index]!;
      const from = Number(await clock.ask(String(pid)));
      row.bytes = Buffer.byteLength(await scrape(port));
      await sleep(SETTLE_MS);
      row.cpu.push(Number(await clock.ask(String(pid))) - from);
      row.residentMb = residentMb(pid);
    }
    rows.at(-1)!.cpu.push(Number(await floor.ask('')));
  }
  const after = await inTurn(targets, treeMs);
  for (const index of targets.keys()) {
    rows[index]!.treeMs = (after[index]! - before[index]!) / rounds;
  }
  return rows;
}

async function inTurn<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}

/** It has no scrape: the price of one of its readings, which it makes every second. */
async function measureApps(rig: Rig, clock: Dialogue): Promise<Row | undefined> {
  if (!existsSync(APPS_PLUGIN)) return undefined;
  const child = rig.program(APPS_PLUGIN, ['1']);
  child.stdout?.resume();
  await sleep(3_000);
  if (child.pid === undefined || child.exitCode !== null) return undefined;
  const row = emptyRow('apps.plugin');
  const from = Number(await clock.ask(String(child.pid)));
  await sleep(appsSeconds * 1000);
  row.cpu.push((Number(await clock.ask(String(child.pid))) - from) / appsSeconds);
  row.residentMb = residentMb(child.pid);
  child.kill();
  return row;
}

function emptyRow(name: string): Row {
  return { name, cpu: [], treeMs: Number.NaN, bytes: Number.NaN, residentMb: Number.NaN };
}

function medianOf(rows: readonly Row[], name: string): number {
  return median(rows.find((row) => row.name === name)?.cpu ?? []);
}

function gatesOf({ name, bars }: Population, rows: readonly Row[]): Gate[] {
  const own = medianOf(rows, 'guard');
  const gate = (what: string, figure: number, bar: number) => ({
    what: `${name}: ${what}`,
    figure,
    bar,
  });
  return [
    {
      ...gate('CPU of the C floor', own / medianOf(rows, 'C floor'), bars.floorRatio),
      show: times,
    },
    {
      ...gate('CPU of process-exporter', own / medianOf(rows, 'process-exporter'), bars.peerRatio),
      show: fraction,
    },
    {
      ...gate('RSS', rows[0]?.residentMb ?? Number.NaN, bars.mb),
      show: megabytes,
    },
  ];
}

function print({ name }: Population, rows: readonly Row[]): void {
  const floorMs = medianOf(rows, 'C floor');
  const peerMs = medianOf(rows, 'process-exporter');
  const number = (value: number, digits: number) =>
    (Number.isFinite(value) ? value.toFixed(digits) : '-').padStart(9);
  const load = loadavg()[0]?.toFixed(1);
  process.stdout.write(
    `\n${name}: ${countProcesses()} processes, ${rounds} scrapes, CPU of the scrape and ${SETTLE_MS} ms after; load ${load}\n` +
      'who                median      min      max +children  x floor  1/x peer       kB   RSS MB\n',
  );
  for (const { cpu, ...row } of rows) {
    const ms = median(cpu);
    const cells = [number(ms, 1), number(Math.min(...cpu), 1), number(Math.max(...cpu), 1)];
    cells.push(number(row.treeMs, 1), number(ms / floorMs, 2), number(peerMs / ms, 1));
    cells.push(number(row.bytes / 1024, 0), number(row.residentMb, 1));
    process.stdout.write(`${row.name.padEnd(16)}${cells.join('')}\n`);
  }
}

function countProcesses(): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
}

/** Thousands of processes take the kernel a moment to end, which the next population would pay for. */
async function untilGone(before: number): Promise<void> {
  const deadline = performance.now() + GONE_TIMEOUT_MS;
  while (countProcesses() > before + 20 && performance.now() < deadline) await sleep(200);
  await sleep(1_000);
}
