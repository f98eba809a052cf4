// What presets ask is computed host by host, and may therefore be asked for some hosts alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combinePresets } from '../config.ts';
import { promqlOf } from '../features/feature.ts';
import { PRESET_NAMES } from '../presets/list.ts';
import type { Querier } from '../prometheus/querier.ts';
import { createHostQuerier, narrow } from './shard-querier.ts';
import { isFeature } from './signal-levels.ts';

const silent: Querier = { instant: async () => [], range: async () => [] };
const { labels: ALL } = createHostQuerier({ querier: silent, hosts: () => [], owns: () => true })
  .scope!;
const PLACE = 'instance="$hosts"';

/** What is aggregated, and by which labels; a metric of the cluster that is joined in has no host and keeps none. */
function aggregations(promql: string): { labels: string[]; body: string }[] {
  return [...promql.matchAll(/\bby\s*\(([^)]*)\)\s*\(/g)].map((match) => {
    const from = match.index + match[0].length;
    let depth = 1;
    let to = from;
    for (; depth > 0 && to < promql.length; to++)
      depth += promql[to] === '(' ? 1 : promql[to] === ')' ? -1 : 0;
    return { labels: (match[1] ?? '').split(/,\s*/), body: promql.slice(from, to) };
  });
}

for (const name of PRESET_NAMES)
  test(`${name}: every aggregation keeps the instance, every query can be narrowed`, () => {
    const { features, signals, memory_history } = combinePresets([name], { signals: {} });
    const levels = Object.entries(signals).flatMap(([key, { limit, maximum }]) =>
      [limit, maximum]
        .filter((level) => typeof level === 'string' && !isFeature(level))
        .map((level) => [`${key} level`, { expr: String(level) }] as const),
    );
    const sources = { ...features, ...signals, memory_history, ...Object.fromEntries(levels) };
    for (const [key, source] of Object.entries(sources))
      for (const form of ['record', 'expr'] as const) {
        const promql = promqlOf(source, form, ALL);
        assert.doesNotMatch(promql, /\bwithout\b/, key);
        for (const { labels, body } of aggregations(promql))
          assert.ok(labels.includes('instance') || !body.includes(PLACE), `${key}: by (${labels})`);
        const [narrowed = ''] = narrow(promql, ['host-1:10910']);
        // A level of the cluster's own metrics has no host.
        if (!key.endsWith(' level')) assert.match(narrowed, /instance=~"host-1:10910"/, key);
        assert.doesNotMatch(narrowed, /\$(hosts|host|selector)\b/, key);
      }
    for (const [key, signal] of Object.entries(signals)) assert.equal(signal.perHost, true, key);
  });

test('a signal of one’s own may mix hosts and is asked for as a whole; changed limits do not matter', () => {
  const { signals } = combinePresets(['latency-guard'], {
    signals: {
      orders: { expr: 'sum(orders)', enabled: true },
      host_cpu: { expr: 'avg(cpu)', enabled: true },
      filesystem: { limit: 0.95, enabled: true },
    },
  });
  const perHost = (name: string) => signals[name]?.perHost ?? false;
  assert.deepEqual(['orders', 'host_cpu', 'filesystem'].map(perHost), [false, false, true]);
});
