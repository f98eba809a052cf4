// What judging costs: CPU time of one cycle over many process groups, from the answers of the server to tracked findings.
// `node bench/diagnosis/cost.ts [groups] [hosts]`
import { diagnose } from '../../analyzer/bottleneck/diagnose.ts';
import { RULES } from '../../analyzer/bottleneck/list.ts';
import { thresholdsSchema } from '../../analyzer/bottleneck/thresholds.ts';
import { type TrackedFinding, trackFindings } from '../../analyzer/bottleneck/track.ts';
import {
  ENTITY_LABELS,
  entityOf,
  FEATURE_NAMES,
  type FeatureName,
} from '../../analyzer/features/feature.ts';
import { buildFeatureTable } from '../../analyzer/features/table.ts';
import type { Labels } from '../../analyzer/series/labels.ts';
import type { Point, Series } from '../../analyzer/series/series.ts';

const GROUPS = Number(process.argv[2] ?? 200);
const HOSTS = Number(process.argv[3] ?? 20);
const CYCLES = 5;
const HISTORY = { length: 241, step: 15 };
const TREND = { length: 169, step: 3_600 };
const NOW = 2_000_000_000;
const thresholds = thresholdsSchema.parse({});

/** Uniform in [0, 1), the same in every run. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A sick host: every CPU full, every value anywhere between nothing and too much. A calm one has a sixth of it. */
function featureValue(name: FeatureName, random: number, sick: boolean): number {
  if (name === 'host_cpu_count') return 16;
  if (name === 'host_cpu_used_ratio') return sick ? 0.99 : 0.3;
  if (name === 'host_memory_total_bytes') return 64e9;
  if (name === 'host_memory_available_bytes') return 20e9;
  if (name === 'group_start_time_seconds') return NOW - 1e6 * random;
  const value = sick ? random : random / 6;
  if (name.endsWith('_bytes')) return 1e9 * value;
  if (name.endsWith('_per_second')) return 100 * value;
  return name.endsWith('_ratio') ? value : 3 * value ** 4;
}

function subjectsOf(host: Labels, name: FeatureName): Labels[] {
  const entity = entityOf(name);
  if (entity === 'host') return [host];
  const count = entity === 'group' ? GROUPS : 5;
  const label = ENTITY_LABELS[entity];
  return Array.from({ length: count }, (_, index) => ({ ...host, [label]: `${entity}${index}` }));
}

/** Of a sick host a tenth of the groups leaks; everywhere a third drifts: what costs is what rises. */
function memoryOf(
  index: number,
  { length, step }: typeof HISTORY,
  { random, sick }: { random: () => number; sick: boolean },
) {
  const slope = sick && index % 10 === 0 ? 4e6 : index % 3 === 0 ? 2e5 : 0;
  const values = Float64Array.from({ length }, (_, i) => 3e8 + slope * i + (random() - 0.5) * 2e6);
  return { step, start: NOW - (length - 1) * step, values };
}

/** @param sickEvery one in so many hosts is sick */
function answers(sickEvery: number) {
  const random = createRandom(1);
  const hosts = Array.from({ length: HOSTS }, (_, i) => ({
    job: 'exporter',
    instance: `host${i}`,
  }));
  const isSick = (index: number) => index % sickEvery === 0;
  const points = new Map<FeatureName, Point[]>(
    FEATURE_NAMES.map((name) => [
      name,
      hosts.flatMap((host, index) =>
        subjectsOf(host, name).map((labels) => ({
          labels,
          time: NOW,
          value: featureValue(name, random(), isSick(index)),
        })),
      ),
    ]),
  );
  const series = (extent: typeof HISTORY): Series[] =>
    hosts.flatMap((host, hostIndex) =>
      Array.from({ length: GROUPS }, (_, index) => ({
        labels: { ...host, group: `group${index}` },
        ...memoryOf(index, extent, { random, sick: isSick(hostIndex) }),
      })),
    );
  return {
    points,
    memoryHistory: series(HISTORY),
    memoryTrend: series(TREND),
    sources: Object.fromEntries(
      FEATURE_NAMES.map((name) => [name, { expr: `${name}{$selector}` }]),
    ),
    unrecorded: new Set<FeatureName>(),
  };
}

function cpuSecondsOf<T>(work: () => T): { seconds: number; result: T } {
  const before = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, result };
}

for (const [title, sickEvery] of [
  ['one host in ten is sick', 10],
  ['every host is sick, the worst case', 1],
] as const) {
  const reading = answers(sickEvery);
  console.log(`CPU seconds of one cycle, ${GROUPS} groups × ${HOSTS} hosts: ${title}`);
  console.table(costOfCycles(reading));
  console.log('by rule');
  console.table(RULES.map((rule) => costOfRule(rule, reading)));
}

function costOfCycles(reading: ReturnType<typeof answers>) {
  let findings: TrackedFinding[] = [];
  return Array.from({ length: CYCLES }, (_, cycle) => {
    const table = cpuSecondsOf(() => buildFeatureTable(reading));
    const judged = cpuSecondsOf(() => diagnose(table.result, RULES, { now: NOW, thresholds }));
    const { verdicts } = judged.result;
    const tracked = cpuSecondsOf(() =>
      trackFindings(findings, verdicts, { now: NOW + 5 * cycle, hold: 10, clear: 30 }),
    );
    findings = tracked.result;
    return {
      'table s': round(table.seconds),
      'judge s': round(judged.seconds),
      'track s': round(tracked.seconds),
      'all s': round(table.seconds + judged.seconds + tracked.seconds),
      verdicts: verdicts.length,
      findings: findings.length,
    };
  });
}

function costOfRule(rule: (typeof RULES)[number], reading: ReturnType<typeof answers>) {
  const table = buildFeatureTable(reading);
  const { seconds } = cpuSecondsOf(() => diagnose(table, [rule], { now: NOW, thresholds }));
  return { kind: rule.kind, judges: rule.judges ?? 'group', 'judge s': round(seconds) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
