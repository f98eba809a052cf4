// Any number of shards finds together what one finds: the real engine on a recorded fleet, some hosts of which break.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RULES } from '../../analyzer/bottleneck/list.ts';
import { FINDING_SCORE } from '../../analyzer/bottleneck/rule.ts';
import { thresholdsSchema } from '../../analyzer/bottleneck/thresholds.ts';
import {
  END,
  type PastPrometheus,
  startPastPrometheus,
} from '../../analyzer/cli/past-prometheus.contract.ts';
import { combinePresets } from '../../analyzer/config.ts';
import { readHistories } from '../../analyzer/pipeline/forecast-history.ts';
import { judgeFleet } from '../../analyzer/pipeline/judge-fleet.ts';
import { createFeatureReader } from '../../analyzer/pipeline/read-features.ts';
import { hostOfInstance, isOwn, shardOf } from '../../analyzer/pipeline/shard.ts';
import { createShardHosts, HOSTS_PER_PART } from '../../analyzer/pipeline/shard-hosts.ts';
import { createHostQuerier } from '../../analyzer/pipeline/shard-querier.ts';
import { createShardReader } from '../../analyzer/pipeline/shard-reader.ts';
import { createPrometheusClient } from '../../analyzer/prometheus/client.ts';
import type { Querier } from '../../analyzer/prometheus/querier.ts';
import { createFleet, hostName } from './fleet.ts';

const SCRAPE_SECONDS = 15;
/** More than one part, so that the only shard has several as well. */
const HOSTS = HOSTS_PER_PART + 6;
const BROKEN = [0, 7, 23, 40, HOSTS - 1];
const SPAN_SECONDS = 180;
const thresholds = thresholdsSchema.parse({});
const { features, memory_history, signals } = combinePresets(['latency-guard'], {
  signals: {},
  prometheus: { url: '', timeout: 10, scrape_interval: SCRAPE_SECONDS },
});

let prometheus: PastPrometheus;
let querier: Querier;
before(async () => {
  prometheus = await startPastPrometheus(recordedFleet());
  querier = createPrometheusClient({ url: prometheus.url, timeoutMs: 60_000 });
});
after(() => prometheus.stop());

function recordedFleet(): string {
  const fleet = createFleet({
    ...{ hosts: HOSTS, groups: 3, churnRatio: 0, churnSeconds: 600 },
    start: END - 86_400,
  });
  const lines: string[] = [];
  for (let host = 0; host < HOSTS; host++) {
    const fault = BROKEN.includes(host) ? { host, group: 1, from: END - 120 } : undefined;
    const target = `job="guard",instance="${hostName(host)}:10910"`;
    for (let time = END - SPAN_SECONDS; time <= END; time += SCRAPE_SECONDS) {
      lines.push(`up{${target}} 1 ${time}`);
      for (const line of fleet.render(host, time, fault).trimEnd().split('\n'))
        lines.push(`${withLabels(line, target)} ${time}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}

function withLabels(line: string, target: string): string {
  return line.includes('{') ? line.replace('{', `{${target},`) : line.replace(' ', `{${target}} `);
}

async function findingsOf(shard: { index: number; count: number } | undefined) {
  const options = { querier, sources: features, memoryHistory: memory_history };
  const reader =
    shard === undefined
      ? createFeatureReader(options)
      : createShardReader({ ...options, shard, hosts: createShardHosts(querier, shard) });
  const { verdicts, groups } = await judgeFleet(
    { reader, rules: RULES, thresholds, keepGroups: false },
    END,
  );
  const findings = verdicts
    .filter(({ score }) => score >= FINDING_SCORE)
    .map(({ kind, subject, score }) => `${kind} ${subject.instance} ${subject.group} ${score}`);
  return { findings, groups };
}

test('the union of what any number of shards finds is what is found without any', async () => {
  const whole = await findingsOf(undefined);
  assert.equal(whole.groups, 3 * HOSTS);
  assert.deepEqual(
    whole.findings.map((text) => text.split(' ').slice(0, 2).join(' ')).sort(),
    BROKEN.map((host) => `cpu_saturation ${hostName(host)}:10910`),
  );
  for (const count of [1, 2, 3, 5]) {
    const parts = await Promise.all(
      Array.from({ length: count }, (_, index) => findingsOf({ index, count })),
    );
    assert.deepEqual(parts.flatMap(({ findings }) => findings).sort(), [...whole.findings].sort());
    assert.equal(
      parts.reduce((sum, { groups }) => sum + groups, 0),
      whole.groups,
    );
  }
});

test('a shard asks the server for its own hosts alone', async () => {
  const shard = { index: 1, count: 3 };
  const own = Array.from({ length: HOSTS }, (_, host) => hostName(host)).filter(
    (host) => shardOf(host, 3) === 1,
  );
  const answered = new Set<string>();
  const spy: Querier = {
    async instant(promql, at) {
      const points = await querier.instant(promql, at);
      if (!promql.startsWith('group by'))
        for (const { labels } of points) answered.add(hostOfInstance(labels.instance ?? ''));
      return points;
    },
    range: (promql, grid) => querier.range(promql, grid),
  };
  const reader = createShardReader({
    ...{ querier: spy, sources: features, memoryHistory: memory_history },
    ...{ shard, hosts: createShardHosts(spy, shard) },
  });
  await reader.read(END);
  assert.deepEqual([...answered].sort(), own);
});

test('the series that shards forecast are together those of one that has no limit in its way', async () => {
  const signal = signals.host_cpu!;
  const request = { name: 'host_cpu', signal, horizon: 600, now: END, maxSubjects: 1_000 };
  const read = async (scoped: Querier) =>
    (await readHistories(scoped, { ...request, report: () => {} })).map(
      ({ labels }) => labels.instance ?? '',
    );
  const whole = await read(querier);
  assert.equal(whole.length, HOSTS);
  const parts = await Promise.all(
    [0, 1].map(async (index) => {
      const shard = { index, count: 2 };
      const hosts = createShardHosts(querier, shard);
      await hosts.refresh(END);
      return read(
        createHostQuerier({ querier, hosts: hosts.own, owns: (one) => isOwn(shard, one) }),
      );
    }),
  );
  assert.deepEqual(parts.flat().sort(), [...whole].sort());
});
