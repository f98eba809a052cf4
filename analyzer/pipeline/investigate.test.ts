// Against a real Prometheus whose past is known: what is told is true, and its PromQL shows it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HINTED_KINDS } from '../bottleneck/hints.ts';
import { END, type PastPrometheus, startPastPrometheus } from '../cli/past-prometheus.contract.ts';
import { loadPreset } from '../config.ts';
import type { FeatureName } from '../features/feature.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { Finding } from '../series/finding.ts';
import { createInvestigator, type Sources } from './investigate.ts';

const STEP = 15;
const START = END - 3_600;
const AT = END - STEP;
const HOST = 'job="guard",instance="a:10910"';
const { features } = loadPreset('latency-guard');
const sources: Sources = {
  sources: features,
  unrecorded: new Set(Object.keys(features) as FeatureName[]),
};

/** Busy three minutes out of nine, a little different each time. */
const busy = (time: number) =>
  Math.floor(time / 180) % 3 === 0 ? 1 + ((time / STEP) % 7) / 20 : 0.05;

/** A counter that grows by `rate` every second. */
function counter(rate: (time: number) => number): (time: number) => number {
  const values = new Map<number, number>();
  let sum = 0;
  for (let time = START; time <= END; time += STEP) {
    sum += rate(time) * STEP;
    values.set(time, sum);
  }
  return (time) => values.get(time)!;
}

const SERIES: Readonly<Record<string, (time: number) => number | undefined>> = {
  [`guard_collector_success{${HOST},collector="process"}`]: () => 1,
  [`guard_perf_hotspot_ratio{${HOST},group="hot",symbol="hash_row",object="hot"}`]: () => 0.7,
  [`guard_perf_hotspot_ratio{${HOST},group="hot",symbol="memcpy",object="libc.so.6"}`]: () => 0.1,
  [`guard_process_cpu_seconds_total{${HOST},group="hot",mode="user"}`]: counter(() => 0.4),
  [`guard_process_cpu_seconds_total{${HOST},group="hot",mode="system"}`]: counter(() => 1.2),
  [`guard_process_thread_seconds_total{${HOST},group="db",state="disk"}`]: counter(busy),
  [`guard_process_thread_seconds_total{${HOST},group="db",state="sleeping"}`]: counter(
    (t) => 4 - busy(t),
  ),
  [`guard_process_written_bytes_total{${HOST},group="batch"}`]: counter((t) => 4e7 * busy(t)),
  [`guard_process_read_bytes_total{${HOST},group="db"}`]: counter(() => 2 ** 20),
  [`guard_disk_io_time_weighted_seconds_total{${HOST},device="sdb"}`]: counter(() => 7.5),
  [`guard_disk_io_time_weighted_seconds_total{${HOST},device="sda"}`]: counter(() => 0.1),
  [`guard_process_anonymous_memory_bytes{${HOST},group="shop"}`]: (t) =>
    2e8 + Math.max(0, t - (END - 1_800)) * 50_000,
  [`guard_process_info{${HOST},group="shop",image="shop:1"}`]: (t) =>
    t < END - 1_800 ? 1 : undefined,
  [`guard_process_info{${HOST},group="shop",image="shop:2"}`]: (t) =>
    t >= END - 1_800 ? 1 : undefined,
  [`guard_process_info{${HOST},group="web",image="web:7",namespace="prod"}`]: (t) =>
    t < END - 500 ? 1 : undefined,
  [`guard_process_info{${HOST},group="web",image="web:8",namespace="prod"}`]: (t) =>
    t >= END - 500 ? 1 : undefined,
  [`guard_process_oldest_start_time_seconds{${HOST},group="shop"}`]: () => START,
  [`guard_process_top_resident_memory_bytes{${HOST},group="shop",pid="42",comm="shop"}`]: () => 3e8,
  'nginx_config_last_reload_success_timestamp_seconds{job="nginx",instance="a:9113"}': () =>
    END - 120,
  'nginx_config_last_reload_success_timestamp_seconds{job="nginx",instance="b:9113"}': () =>
    END - 60,
  'fresh_config_last_reload_success_timestamp_seconds{job="fresh",instance="a:9200"}': () =>
    END - 30,
  'process_start_time_seconds{job="fresh",instance="a:9200"}': () => END - 31,
  'process_start_time_seconds{job="nginx",instance="a:9113"}': () => START,
  'alertmanager_config_last_reload_successful{job="am",instance="a:9093"}': () => 0,
  'kube_deployment_status_observed_generation{namespace="prod",deployment="web"}': (t) =>
    t < END - 500 ? 6 : 7,
  [`guard_postgresql_blocking_seconds{${HOST},database_server="orders",blocker_pid="77",application="report"}`]:
    () => 125,
};

function pastText(): string {
  const lines: string[] = [];
  const named = Object.entries(SERIES).sort(([a], [b]) => (a < b ? -1 : 1));
  let family = '';
  for (const [name, valueAt] of named) {
    const own = name.replace(/\{.*/, '');
    if (own !== family) lines.push(`# TYPE ${own} unknown`);
    family = own;
    for (let time = START; time <= END; time += STEP) {
      const value = valueAt(time);
      if (value !== undefined) lines.push(`${name} ${value} ${time}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

let server: PastPrometheus;
let querier: Querier;
before(async () => {
  server = await startPastPrometheus(pastText());
  querier = createPrometheusClient({ url: server.url, timeoutMs: 10_000 });
});
after(() => server.stop());

function findingOf(kind: string, own: Record<string, string>): Finding {
  const subject = { job: 'guard', instance: 'a:10910', ...own };
  return {
    ...{ kind, subject, score: 0.9, confidence: 0.9, severity: 'warning', evidence: [] },
    ...{ suggestions: [], state: 'firing', since: AT - 60, changed: AT - 50 },
  };
}

/** The finding after so many rounds that everything was asked. */
async function investigated(finding: Finding): Promise<Finding> {
  const investigator = createInvestigator({ querier });
  for (let round = 0; round < 4; round += 1) await investigator.investigate(AT, [finding], sources);
  assert.deepEqual(investigator.unavailable(), []);
  return investigator.complete(finding);
}

/** Every claim's PromQL answers something at that moment. */
async function assertShown({ hints = [], correlated = [], changes = [] }: Finding): Promise<void> {
  for (const { text, promql } of [...hints, ...correlated, ...changes]) {
    assert.ok((await querier.instant(promql, AT)).length > 0, `${text}: ${promql}`);
  }
}
const texts = (claims: readonly { text: string }[] | undefined) =>
  (claims ?? []).map(({ text }) => text);

test('hot functions and the share of system time', async () => {
  const found = await investigated(findingOf('cpu_saturation', { group: 'hot' }));
  assert.deepEqual(texts(found.hints), [
    'hot spends its CPU time in hash_row (hot) 70 %, memcpy (libc.so.6) 10 %',
    '75 % of the CPU time of hot is system time: the kernel works more for it than its own code does',
  ]);
  await assertShown(found);
});

test('where nothing was recorded it is said how to switch it on', async () => {
  const found = await investigated(findingOf('cpu_saturation', { group: 'db' }));
  assert.match(texts(found.hints)[0] ?? '', /db are not recorded: set perf\.record\.enabled/);
});

test('the device, its queue, who reads and writes, and who moves with the waiting', async () => {
  const found = await investigated(findingOf('io_bound', { group: 'db' }));
  assert.deepEqual(texts(found.hints), [
    'the longest queue is that of sdb, 7.5 requests on average',
    'most is read from storage by db (1 MiB/s)',
    `most is written to storage by batch (${texts(found.hints)[2]?.match(/batch \((.*)\)$/)?.[1]})`,
  ]);
  const [first] = found.correlated ?? [];
  assert.equal(first?.signal, 'group_written_bytes_per_second');
  assert.equal(first?.subject.group, 'batch');
  assert.ok(first!.coefficient > 0.95 && first!.lagSeconds === 0, JSON.stringify(first));
  await assertShown(found);
});

test('a leak is held against the version before', async () => {
  const found = await investigated(findingOf('memory_leak', { group: 'shop' }));
  const all = texts(found.hints);
  assert.match(all[0] ?? '', /^of shop, shop \(pid 42\) holds 286 MiB$/);
  assert.match(
    all.find((text) => text.includes('before the last')) ?? '',
    /change of program or image \(\d+(\.\d+)? min ago\) shop grew by 0 B an hour .* since then by 172 MiB an hour: the growth came with it$/,
  );
  await assertShown(found);
});

test('changes of the same host are told: reloads of any port, failed ones, image, deployment', async () => {
  const found = await investigated(findingOf('cpu_saturation', { group: 'web' }));
  assert.deepEqual(texts(found.changes), [
    'nginx on a:9113 loaded its configuration 1.75 min ago',
    'alertmanager on a:9093 could not load its configuration and runs with the old one',
    'web changed its image from web:7 to web:8 within the last 15 min',
    'deployment web of namespace prod was changed within the last 15 min',
  ]);
  await assertShown(found);
});

test('where the signal is too young for a comparison nothing else is read, and it is tried again soon', async () => {
  const asked: string[] = [];
  const young = Array.from({ length: 121 }, (_, i) => (i < 100 ? Number.NaN : i));
  const investigator = createInvestigator({
    querier: {
      instant: async () => [],
      async range(promql, { from, step }) {
        asked.push(promql);
        return [{ labels: {}, start: from, step, values: Float64Array.from(young) }];
      },
    },
  });
  const finding = findingOf('cpu_saturation', { group: 'hot' });
  await investigator.investigate(1_000, [finding], sources);
  assert.equal(asked.length, 1);
  const { untold } = investigator.complete(finding);
  assert.deepEqual(untold, ['group_cpu_cores has 21 values yet, a correlation needs 40']);
  await investigator.investigate(1_060, [finding], sources);
  assert.equal(asked.length, 2);
});

test('the session that others wait for', async () => {
  const found = await investigated(findingOf('database_contention', { database_server: 'orders' }));
  assert.deepEqual(texts(found.hints), ['others wait for session 77 of report (for 2.08 min)']);
  assert.match(found.untold?.join() ?? '', /database_lock_waiting_sessions: no values that move/);
  await assertShown(found);
});

function countingQuerier(answer: () => Promise<never[]> = async () => []) {
  const asked: string[] = [];
  const ask = (promql: string) => {
    asked.push(promql);
    return answer();
  };
  return { asked, querier: { instant: ask, range: ask } satisfies Querier };
}

test('a round keeps to its budget, nothing is asked twice before its time, and what is over is forgotten', async () => {
  const { asked, querier } = countingQuerier();
  const investigator = createInvestigator({ querier });
  const findings = Array.from({ length: 30 }, (_, i) =>
    findingOf(HINTED_KINDS[i % HINTED_KINDS.length]!, { group: `g${i}` }),
  );
  const rounds: number[] = [];
  for (let round = 0; round < 40; round += 1) {
    const before = asked.length;
    await investigator.investigate(1_000, findings, sources);
    rounds.push(asked.length - before);
  }
  assert.ok(Math.max(...rounds) <= 60, String(Math.max(...rounds)));
  assert.equal(rounds.at(-1), 0, 'all is asked');
  await investigator.investigate(1_059, findings, sources);
  assert.equal(
    asked.length,
    rounds.reduce((sum, count) => sum + count),
  );
  await investigator.investigate(1_060, findings, sources);
  assert.ok(asked.length > rounds.reduce((sum, count) => sum + count), 'hints are renewed');
  await investigator.investigate(1_061, [], sources);
  assert.equal(investigator.complete(findings[0]!), findings[0]);
});

test('resolved findings cost nothing and keep what was known', async () => {
  const { asked, querier } = countingQuerier();
  const investigator = createInvestigator({ querier });
  const open = findingOf('dependency_slow', { probe: 'pay' });
  await investigator.investigate(1_000, [open], sources);
  const count = asked.length;
  const resolved: Finding = { ...open, state: 'resolved' };
  await investigator.investigate(2_000, [resolved], sources);
  assert.equal(asked.length, count);
  assert.ok(investigator.complete(resolved).untold);
});

test('a server that is away ends the round, is said, and is asked again; a refused query is not', async () => {
  const finding = findingOf('cpu_steal', {});
  const away = countingQuerier(() => Promise.reject(new QueryError('unavailable', 'refused')));
  const investigator = createInvestigator({ querier: away.querier });
  await investigator.investigate(1_000, [finding], sources);
  assert.equal(away.asked.length, 1);
  assert.deepEqual(
    investigator.unavailable().map(({ detail }) => detail),
    ['refused'],
  );
  await investigator.investigate(1_005, [finding], sources);
  assert.equal(away.asked.length, 2);

  const refusing = countingQuerier(() => Promise.reject(new QueryError('rejected', 'too many')));
  const other = createInvestigator({ querier: refusing.querier });
  await other.investigate(1_000, [finding], sources);
  const count = refusing.asked.length;
  await other.investigate(1_005, [finding], sources);
  assert.equal(refusing.asked.length, count);
  assert.match(other.complete(finding).untold?.join() ?? '', /too many/);
});

test('logs and traces that cannot be asked cost only themselves', async () => {
  const { querier } = countingQuerier();
  const investigator = createInvestigator({
    querier,
    elsewhere: [
      { name: 'journal', ask: () => Promise.reject(new Error('journal: no such program')) },
      {
        name: 'traces',
        ask: async () => [{ about: 'slow_spans', source: 'traces', text: 'slow', promql: '' }],
      },
    ],
  });
  const finding = findingOf('dependency_slow', { probe: 'pay' });
  await investigator.investigate(1_000, [finding], sources);
  const found = investigator.complete(finding);
  assert.deepEqual(texts(found.hints), ['slow']);
  assert.ok(found.untold?.includes('journal: no such program'));
});
