// Limits and maxima of a signal, for every one of its series: a number, a feature of the host, or what a query answers.
import { FEATURE_NAMES, type FeatureName, promqlOf } from '../features/feature.ts';
import type { Level, SignalDefinition } from '../features/signal.ts';
import type { HostFeatures } from '../features/table.ts';
import { type Querier, QueryError, scopeOf } from '../prometheus/querier.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Point } from '../series/series.ts';
import type { Report } from './forecast-history.ts';

/** The level that holds for a series; undefined when there is none for it. */
export type LevelOf = (labels: Labels) => number | undefined;

export interface SignalLevels {
  readonly limit: LevelOf;
  readonly maximum: LevelOf;
}

export interface LevelRequest {
  readonly signal: SignalDefinition;
  readonly now: number;
  /** By the key of their subject. */
  readonly hosts: ReadonlyMap<string, HostFeatures>;
  readonly report: Report;
}

/** @throws {QueryError} when the server cannot be asked. */
export async function readLevels(querier: Querier, request: LevelRequest): Promise<SignalLevels> {
  return {
    limit: await readLevel(querier, request, request.signal.limit),
    maximum: await readLevel(querier, request, request.signal.maximum),
  };
}

async function readLevel(
  querier: Querier,
  { signal, now, hosts, report }: LevelRequest,
  level: Level | undefined,
): Promise<LevelOf> {
  if (level === undefined) return () => undefined;
  if (typeof level === 'number') return () => level;
  if (isFeature(level)) return (labels) => hosts.get(labelsKey(hostOf(labels)))?.value(level);
  try {
    const points = await querier.instant(
      promqlOf({ expr: level }, 'expr', scopeOf(querier, signal)),
      now,
    );
    if (points.length === 0) report('no_limit', `the query of the limit answers nothing: ${level}`);
    return matchLabels(points);
  } catch (error) {
    if (!(error instanceof QueryError) || error.kind !== 'rejected') throw error;
    report('limit_rejected', error.message);
    return () => undefined;
  }
}

export function isFeature(name: string): name is FeatureName {
  return (FEATURE_NAMES as readonly string[]).includes(name);
}

/** A point holds for every series that has all of its labels; the point with the most labels wins. */
export function matchLabels(points: readonly Point[]): LevelOf {
  const byNames = new Map<string, { names: string[]; values: Map<string, number> }>();
  for (const { labels, value } of points) {
    const names = Object.keys(labels).sort();
    const key = names.join();
    const group = byNames.get(key) ?? { names, values: new Map<string, number>() };
    byNames.set(key, group);
    group.values.set(valuesKey(labels, names), value);
  }
  const groups = [...byNames.values()].sort((a, b) => b.names.length - a.names.length);
  return (labels) => {
    for (const { names, values } of groups) {
      const value = values.get(valuesKey(labels, names));
      if (value !== undefined) return value;
    }
    return undefined;
  };
}

function valuesKey(labels: Labels, names: readonly string[]): string {
  return JSON.stringify(names.map((name) => labels[name] ?? ''));
}

function hostOf({ job, instance }: Labels): Labels {
  return { ...(job === undefined ? {} : { job }), ...(instance === undefined ? {} : { instance }) };
}
