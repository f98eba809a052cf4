// How does the analyzer grow with its fleet? `node bench/load/main.ts [--hosts 10,100] [--groups 100] [--shards 1] …`
// For each size: a real Prometheus scrapes that many made-up hosts, real analyzers watch them, some hosts break, and what
// it all costs is printed with the slope by which it grows.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../service/duration.ts';
import { groupName, hostName } from './fleet.ts';
import {
  type LoadOptions,
  type LoadRig,
  read,
  readMetrics,
  readProcess,
  startLoad,
} from './rig.ts';

/** Growth that may be called linear. */
const MAX_SLOPE = 1.1;
const LOOK_MS = 1_000;
const MAX_FINDING_SECONDS = 300;
/** Scrapes and cycles before anything is measured: windows are full, code is compiled. */
const WARM_UP_INTERVALS = 4;

interface Flags {
  readonly hosts: readonly number[];
  readonly groups: number;
  readonly shards: number;
  readonly scrape: number;
  readonly cycle: number;
  readonly measure: number;
  readonly faults: number;
  readonly maxSubjects: number;
}

const flags = new Command('bench/load')
  .option('--hosts <n,n…>', 'sizes of the fleet, one run each', parseCounts, [10, 30, 100])
  .option('--groups <n>', 'process groups of each host', parseCount, 100)
  .option('--shards <n>', 'analyzers', parseCount, 1)
  .option('--scrape <duration>', 'scrape interval', parseSeconds, 15)
  .option('--cycle <duration>', 'cycle interval of the analyzers', parseSeconds, 15)
  .option('--measure <duration>', 'how long the cost is measured', parseSeconds, 90)
  .option('--faults <n>', 'hosts that break', parseCount, 5)
  .option('--max-subjects <n>', 'series forecast per signal and shard', parseCount, 30)
  .parse()
  .opts<Flags>();

const rows: Row[] = [];
for (const hosts of flags.hosts) {
  console.log(`${hosts} hosts × ${flags.groups} groups, ${flags.shards} analyzers …`);
  const row = await measureFleet(hosts);
  console.log(JSON.stringify(row));
  rows.push(row);
}
const figures = Object.keys(rows[0] ?? {}) as (keyof Row)[];
console.table(
  Object.fromEntries(
    figures.map((name) => [
      name,
      Object.fromEntries(rows.map((row) => [`${row.hosts} hosts`, row[name]])),
    ]),
  ),
);
if (rows.length > 1) printSlopes(rows);

type Row = Awaited<ReturnType<typeof measureFleet>>;

async function measureFleet(hosts: number) {
  const options: LoadOptions = {
    fleet: {
      ...{ hosts, groups: flags.groups, churnRatio: 0.05, churnSeconds: 600 },
      start: Math.floor(Date.now() / 1000) - 86_400,
    },
    ...{ shards: flags.shards, scrapeInterval: flags.scrape, cycleInterval: flags.cycle },
    analyzer: { forecast: { max_subjects: flags.maxSubjects } },
  };
  const rig = await startLoad(options);
  try {
    await warmUp(rig);
    const cost = await measureCost(rig);
    const lags = await measureLags(rig, options);
    return { hosts, ...cost, ...lags };
  } finally {
    await rig.end();
  }
}

async function warmUp(rig: LoadRig): Promise<void> {
  await sleep(WARM_UP_INTERVALS * Math.max(flags.scrape, flags.cycle) * 1000);
  const until = Date.now() + MAX_FINDING_SECONDS * 1000;
  while (Date.now() < until) {
    const groups = await sumOf(rig, 'guard_analyzer_groups');
    if (groups > 0) return;
    await sleep(LOOK_MS);
  }
  throw new Error('the analyzers have no process groups');
}

async function measureCost(rig: LoadRig) {
  const before = await look(rig);
  const cycles: number[] = [];
  let resident = 0;
  const until = Date.now() + flags.measure * 1000;
  while (Date.now() < until) {
    await sleep(LOOK_MS);
    const metrics = await Promise.all(rig.analyzers.map(readMetrics));
    cycles.push(
      ...metrics.map((one) => one.get('guard_analyzer_cycle_duration_seconds') ?? Number.NaN),
    );
    resident = Math.max(resident, ...rig.analyzers.map((one) => readProcess(one).residentBytes));
  }
  const after = await look(rig);
  const seconds = after.at - before.at;
  const done = after.cycles - before.cycles;
  const queries = after.queries - before.queries;
  return {
    'series in Prometheus': after.series,
    groups: await sumOf(rig, 'guard_analyzer_groups'),
    'cycle, s': round(Math.max(...cycles)),
    'CPU per cycle, s': round((after.analyzerCpu - before.analyzerCpu) / Math.max(1, done)),
    'analyzer CPU, cores': round((after.analyzerCpu - before.analyzerCpu) / seconds),
    'RSS per shard, MiB': Math.round(resident / 2 ** 20),
    'queries/s': round(queries / seconds),
    'query time, s/s': round((after.queryTime - before.queryTime) / seconds),
    'Prometheus CPU, cores': round((after.prometheusCpu - before.prometheusCpu) / seconds),
    'Prometheus RSS, MiB': Math.round(readProcess(rig.prometheus).residentBytes / 2 ** 20),
  };
}

async function look(rig: LoadRig) {
  const prometheus = await readMetrics(rig.prometheus);
  const total = (pattern: RegExp) =>
    [...prometheus].reduce((sum, [name, value]) => (pattern.test(name) ? sum + value : sum), 0);
  return {
    at: performance.now() / 1000,
    cycles: await sumOf(rig, 'guard_analyzer_cycles_total'),
    analyzerCpu: rig.analyzers.reduce((sum, one) => sum + readProcess(one).cpuSeconds, 0),
    prometheusCpu: readProcess(rig.prometheus).cpuSeconds,
    queries: total(/^prometheus_http_request_duration_seconds_count.*\/api\/v1\/query/),
    queryTime: total(/^prometheus_http_request_duration_seconds_sum.*\/api\/v1\/query/),
    series: prometheus.get('prometheus_tsdb_head_series') ?? Number.NaN,
  };
}

/** Over all analyzers and labels. */
async function sumOf(rig: LoadRig, name: string): Promise<number> {
  const all = await Promise.all(rig.analyzers.map(readMetrics));
  return all
    .flatMap((metrics) => [...metrics])
    .reduce(
      (sum, [key, value]) => (key === name || key.startsWith(`${name}{`) ? sum + value : sum),
      0,
    );
}

/** Seconds from the first sample that shows a fault to its finding, and to its alert. */
async function measureLags(rig: LoadRig, { fleet }: LoadOptions) {
  const broken = new Map<string, { host: number; found?: number; firing?: number }>();
  const count = Math.min(flags.faults, fleet.hosts);
  for (let index = 0; index < count; index++) {
    const host = Math.floor(((index + 0.5) * fleet.hosts) / count);
    rig.breakHost({ host, group: 3, from: Date.now() / 1000 });
    broken.set(`${hostName(host)}:10910 ${groupName(fleet, 3, 0)}`, { host });
    await sleep((1000 * flags.scrape) / count);
  }
  const until = Date.now() + MAX_FINDING_SECONDS * 1000;
  while (Date.now() < until && [...broken.values()].some(({ firing }) => firing === undefined)) {
    await sleep(LOOK_MS);
    for (const { subject, kind, state } of await findingsOf(rig)) {
      const one = broken.get(`${subject.instance} ${subject.group}`);
      if (one === undefined || kind !== 'cpu_saturation') continue;
      one.found ??= Date.now() / 1000;
      if (state === 'firing') one.firing ??= Date.now() / 1000;
    }
  }
  const all = [...broken.values()];
  const lag = (at: number | undefined, host: number) =>
    at === undefined ? Number.POSITIVE_INFINITY : at - (rig.scrapedAt(host) ?? Number.NaN);
  return {
    'sample → finding, worst s': round(Math.max(...all.map(({ found, host }) => lag(found, host)))),
    'sample → firing, worst s': round(
      Math.max(...all.map(({ firing, host }) => lag(firing, host))),
    ),
    faults: `${all.filter(({ firing }) => firing !== undefined).length} of ${all.length}`,
  };
}

interface Found {
  readonly subject: Readonly<Record<string, string>>;
  readonly kind: string;
  readonly state: string;
}

async function findingsOf(rig: LoadRig): Promise<Found[]> {
  const answers = await Promise.all(
    rig.analyzers.map(
      async ({ url }) =>
        JSON.parse(await read(`${url}/api/v1/findings`)) as { findings?: Found[]; data?: Found[] },
    ),
  );
  return answers.flatMap(({ findings, data }) => findings ?? data ?? []);
}

/** d log(cost) / d log(hosts): 1 = twice the hosts cost twice as much. */
function printSlopes(all: readonly Row[]): void {
  const names = [
    'CPU per cycle, s',
    'cycle, s',
    'RSS per shard, MiB',
    'query time, s/s',
    'Prometheus CPU, cores',
  ] as const;
  console.log(`growth with the number of hosts (slope on log–log axes; linear up to ${MAX_SLOPE})`);
  console.table(
    Object.fromEntries(
      names.map((name) => {
        const slope = slopeOf(all.map((row) => [Math.log(row.hosts), Math.log(row[name])]));
        return [name, { slope: round(slope), holds: slope <= MAX_SLOPE }];
      }),
    ),
  );
}

/** Least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sxy = points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0);
  return sxy / points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1 || count > 100_000)
    throw new InvalidArgumentError('expected a number from 1 on');
  return count;
}

function parseCounts(text: string): number[] {
  return text.split(',').map(parseCount);
}

function parseSeconds(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds < 1)
    throw new InvalidArgumentError('expected a duration such as 15s');
  return seconds;
}
