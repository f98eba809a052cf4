// A leak against the version before: did it grow like this before the last change of program or image, or the last restart?
import { theilSen } from '../math/theil-sen.ts';
import type { Evidence } from '../series/finding.ts';
import type { Series } from '../series/series.ts';
import { formatBytes, formatSpan } from './format.ts';
import type { HintSubject } from './hint.ts';

/** A stretch shorter than this, or of fewer values, has no growth that could be compared. */
const LEAST_SECONDS = 120;
const LEAST_VALUES = 6;
/** Grown by as much, or by less than so many times: the change did not bring it. */
const MORE_RATIO = 2;
/** What a process takes at its start is no growth: so much of a stretch is left out. */
const WARM_UP_RATIO = 0.25;

export interface VersionHistory {
  /** Memory on a grid. */
  readonly memory: Series;
  /** `guard_process_info`: one series per identity, on the same grid. */
  readonly identities: readonly Series[];
  /** Start time of the oldest process, on the same grid. */
  readonly starts: Series | undefined;
}

/** Seconds back and seconds of the grid, near past first: minutes, then days. */
export const VERSION_WINDOWS = [
  { seconds: 6 * 3_600, step: 30 },
  { seconds: 7 * 86_400, step: 900 },
] as const;

export function versionQueries({
  own,
}: HintSubject): Record<'memory' | 'identities' | 'starts', string> {
  return {
    memory: `guard_process_anonymous_memory_bytes{${own}}`,
    identities: `guard_process_info{${own}}`,
    starts: `guard_process_oldest_start_time_seconds{${own}}`,
  };
}

/** Undefined when there was no change within the window, or too little is known of either side. */
export function compareVersions(
  history: VersionHistory,
  subject: HintSubject,
): Evidence | undefined {
  const { memory } = history;
  const changes = boundaries(history);
  const last = changes.at(-1);
  if (last === undefined) return undefined;
  const before = growthOf(memory, changes.at(-2)?.index ?? 0, last.index);
  const after = growthOf(memory, last.index, memory.values.length);
  if (before === undefined || after === undefined) return undefined;
  const age = formatSpan((memory.values.length - 1 - last.index) * memory.step);
  const rate = ({ perSecond }: Growth) => `${formatBytes(perSecond * 3_600)} an hour`;
  const came = after.perSecond > MORE_RATIO * Math.max(0, before.perSecond);
  const verdict = came ? 'the growth came with it' : 'it grew like this before';
  const text = `before the last ${last.what} (${age} ago) ${subject.name} grew by ${rate(before)} over ${formatSpan(before.seconds)}, since then by ${rate(after)}: ${verdict}`;
  return { text, promql: versionQueries(subject).memory };
}

interface Boundary {
  readonly index: number;
  readonly what: 'change of program or image' | 'restart';
}

/** A change of identity tells versions apart; where there was none, a restart is the best that is known. */
function boundaries({ identities, starts }: VersionHistory): Boundary[] {
  const changes = identityChanges(identities).map(
    (index): Boundary => ({ index, what: 'change of program or image' }),
  );
  if (changes.length > 0) return changes;
  return startChanges(starts).map((index): Boundary => ({ index, what: 'restart' }));
}

/** The steps at which another identity took over. While two overlap, during a rollout, the newer one counts. */
function identityChanges(identities: readonly Series[]): number[] {
  const firstSeen = identities
    .map(({ values }) => values.findIndex((value) => !Number.isNaN(value)))
    .filter((index) => index >= 0);
  const [oldest, ...later] = firstSeen.sort((a, b) => a - b);
  return oldest === undefined ? [] : later.filter((index) => index > oldest);
}

function startChanges(starts: Series | undefined): number[] {
  const changes: number[] = [];
  let previous = Number.NaN;
  for (const [index, value] of (starts?.values ?? []).entries()) {
    if (Number.isNaN(value)) continue;
    if (value > previous + 1) changes.push(index);
    previous = value;
  }
  return changes;
}

interface Growth {
  readonly seconds: number;
  readonly perSecond: number;
}

function growthOf({ values, step }: Series, from: number, to: number): Growth | undefined {
  const settled = from + Math.floor((to - from) * WARM_UP_RATIO);
  const stretch = values.subarray(settled, to);
  const present = stretch.filter((value) => !Number.isNaN(value)).length;
  const seconds = (stretch.length - 1) * step;
  if (present < LEAST_VALUES || seconds < LEAST_SECONDS) return undefined;
  return { seconds, perSecond: theilSen(stretch).slope / step };
}
