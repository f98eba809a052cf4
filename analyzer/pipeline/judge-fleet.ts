// Reads and judges a fleet part by part: what stays of a part are its verdicts and what the other steps need of its hosts.
import { diagnose } from '../bottleneck/diagnose.ts';
import type { BottleneckRule } from '../bottleneck/rule.ts';
import type { Thresholds } from '../bottleneck/thresholds.ts';
import { buildFeatureTable, type HostFeatures, headOf } from '../features/table.ts';
import type { Unavailable, Verdict } from '../series/finding.ts';
import type { Sources } from './investigate.ts';
import type { FeatureReader, FeatureReading } from './read-features.ts';

export interface FleetOptions {
  readonly reader: FeatureReader;
  readonly rules: readonly BottleneckRule[];
  readonly thresholds: Thresholds;
  /** Whether hosts are kept with all that is below them, which a large fleet has no memory for. */
  readonly keepGroups: boolean;
}

export interface JudgedFleet {
  readonly verdicts: readonly Verdict[];
  readonly unavailable: readonly Unavailable[];
  readonly hosts: readonly HostFeatures[];
  readonly groups: number;
  readonly seriesRead: number;
  /** Where the features came from. */
  readonly sources: Sources;
}

/** @throws {QueryError} when the server cannot be asked at all. */
export async function judgeFleet(
  { reader, rules, thresholds, keepGroups }: FleetOptions,
  now: number,
): Promise<JudgedFleet> {
  const verdicts: Verdict[] = [];
  const absences = new Map<string, { absence: Unavailable; parts: number }>();
  const hosts: HostFeatures[] = [];
  const unrecorded: Sources['unrecorded'][] = [];
  let [groups, seriesRead] = [0, 0];
  let sources: Sources['sources'] = {};
  for await (const reading of partsOf(reader, now)) {
    const table = buildFeatureTable(reading);
    const judged = diagnose(table, rules, { now, thresholds });
    for (const verdict of judged.verdicts) verdicts.push(verdict);
    for (const absence of [...reading.unavailable, ...judged.unavailable]) count(absences, absence);
    for (const host of table) {
      groups += host.groups.length;
      hosts.push(keepGroups ? host : headOf(host));
    }
    seriesRead += reading.seriesRead;
    sources = reading.sources;
    unrecorded.push(reading.unrecorded);
  }
  return {
    ...{ verdicts, hosts, groups, seriesRead },
    unavailable: [...absences.values()].map(describe),
    sources: { sources, unrecorded: new Set(unrecorded.flatMap((names) => [...names])) },
  };
}

async function* partsOf(reader: FeatureReader, now: number): AsyncGenerator<FeatureReading> {
  if (reader.parts === undefined) yield await reader.read(now);
  else yield* reader.parts(now);
}

/** What is absent for one reason is said once for the whole fleet. */
function count(
  absences: Map<string, { absence: Unavailable; parts: number }>,
  absence: Unavailable,
): void {
  const key = `${absence.what}\n${absence.signal}\n${absence.reason}`;
  const before = absences.get(key);
  absences.set(key, { absence: before?.absence ?? absence, parts: (before?.parts ?? 0) + 1 });
}

function describe({ absence, parts }: { absence: Unavailable; parts: number }): Unavailable {
  if (parts === 1) return absence;
  return {
    ...absence,
    detail: `${absence.detail} (and so in ${parts - 1} other parts of the fleet)`,
  };
}
