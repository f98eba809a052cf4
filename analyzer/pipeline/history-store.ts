// What was read of a signal so far, one bounded window per series, so that the next look asks only for what is new.
import { type Labels, labelsKey } from '../series/labels.ts';
import { endOf, type Series } from '../series/series.ts';
import type { HorizonPlan } from './horizon-plan.ts';

/** A series that was not asked for during this many steps is forgotten: reading what it missed costs more than all anew. */
const KEEP_STEPS = 30;

export interface HistoryStore {
  /** Takes what was read; the windows end at `to` (Unix seconds on the grid). */
  put(part: Series, to: number): void;
  /** The earliest time up to which all of these that are known were read; undefined when none is. */
  readUntil(keys: readonly string[]): number | undefined;
  /** Is one of these new here, and was there already when the reading began? */
  hasUnreadPast(keys: readonly string[], readFrom: number): boolean;
  forgetOthers(keys: readonly string[], to: number): void;
  /** Without the gap before its beginning; undefined when it is unknown or has ended. */
  get(key: string, to: number): Series | undefined;
  /** All that it knows, to be handed to another store of the same plan. */
  entries(): HistoryEntry[];
}

/** Plain data. */
export interface HistoryEntry {
  readonly labels: Labels;
  readonly values: Float64Array;
  /** Unix seconds of the last place of `values`. */
  end: number;
  /** Unix seconds: from where and up to where the server was asked. */
  readFrom: number;
  readTo: number;
}

/** @param before what another one knew */
export function createHistoryStore(
  { step, pointsBack }: HorizonPlan,
  before: readonly HistoryEntry[] = [],
): HistoryStore {
  const usable = before.filter(({ values }) => values.length === pointsBack);
  const entries = new Map(usable.map((entry) => [labelsKey(entry.labels), { ...entry }]));
  return {
    entries: () => [...entries.values()],
    put(part, to) {
      const key = labelsKey(part.labels);
      const entry = entries.get(key) ?? newEntry(part, { pointsBack, to });
      entries.set(key, entry);
      moveTo(entry, to, step);
      place(entry, part);
    },
    readUntil(keys) {
      const times = keys.flatMap((key) => entries.get(key)?.readTo ?? []);
      return times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b));
    },
    hasUnreadPast: (keys, readFrom) =>
      keys.some((key) => {
        const entry = entries.get(key);
        if (entry === undefined || entry.readFrom < readFrom) return false;
        const index = pointsBack - 1 - Math.round((entry.end - readFrom) / step);
        return !Number.isNaN(entry.values[index] ?? Number.NaN);
      }),
    forgetOthers(keys, to) {
      const wanted = new Set(keys);
      for (const [key, entry] of entries)
        if (!wanted.has(key) && entry.readTo < to - KEEP_STEPS * step) entries.delete(key);
    },
    get(key, to) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      moveTo(entry, to, step);
      const { labels, values, end } = entry;
      if (Number.isNaN(values.at(-1)!) && Number.isNaN(values.at(-2) ?? Number.NaN))
        return undefined;
      const first = values.findIndex((value) => !Number.isNaN(value));
      const start = end - (pointsBack - 1 - first) * step;
      return { labels, start, step, values: values.subarray(first) };
    },
  };
}

function newEntry(
  part: Series,
  { pointsBack, to }: { pointsBack: number; to: number },
): HistoryEntry {
  const values = new Float64Array(pointsBack).fill(Number.NaN);
  return { labels: part.labels, values, end: to, readFrom: part.start, readTo: endOf(part) };
}

/** The window's end moves on; what is not read yet is a gap. A clock that went back leaves the window alone. */
function moveTo(entry: HistoryEntry, to: number, step: number): void {
  const shift = Math.round((to - entry.end) / step);
  if (shift <= 0) return;
  entry.values.copyWithin(0, shift);
  entry.values.fill(Number.NaN, Math.max(0, entry.values.length - shift));
  entry.end = to;
}

/** What lies outside of the window is left out. */
function place(entry: HistoryEntry, part: Series): void {
  const { values, end } = entry;
  const offset = values.length - 1 - Math.round((end - part.start) / part.step);
  const inside = part.values.subarray(Math.max(0, -offset), Math.max(0, values.length - offset));
  if (inside.length > 0) values.set(inside, Math.max(0, offset));
  entry.readFrom = Math.min(entry.readFrom, part.start);
  entry.readTo = Math.max(entry.readTo, Math.min(end, endOf(part)));
}
