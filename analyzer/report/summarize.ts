// The first screen: a verdict per host, the three worst problems, and what runs out next.
import { formatSpan } from '../bottleneck/format.ts';
import {
  type CapacityDate,
  dataOr,
  type HostState,
  type HostVerdict,
  type MeasureReport,
  type Problem,
  type Report,
  type Summary,
  VERDICTS,
} from './report-data.ts';
import { wordsOf } from './words.ts';

const MAX_TOP = 3;
const MAX_NEXT = 3;
/** What runs out within this time is on the mind of whoever plans the next week. */
const SOON_SECONDS = 7 * 86_400;
/** A host that was seen less than this was away, or is new. */
const SEEN_RATIO = 0.5;

export type Facts = Pick<Report, 'from' | 'to' | 'measures' | 'problems' | 'capacity'>;

export function summarize(facts: Facts): Summary {
  const problems = dataOr(facts.problems, []);
  const dates = dataOr(facts.capacity, []).filter((date) => soonest(date) !== undefined);
  const hosts = [...new Set([...hostsOf(facts), ...problems.flatMap(instanceOf)])].sort();
  const order = (state: HostState) => VERDICTS.indexOf(state);
  return {
    hosts: hosts
      .map((instance) => judge(instance, { ...facts, dates }))
      .sort((a, b) => order(a.state) - order(b.state)),
    topProblems: problems.slice(0, MAX_TOP),
    nextOut: dates.slice(0, MAX_NEXT),
  };
}

export function soonest({ early, expected }: CapacityDate): number | undefined {
  return expected ?? early;
}

/** Ping targets and the like have an instance, too: a host is what has CPU or memory. */
function hostsOf({ measures }: Facts): string[] {
  return measures
    .filter(({ chapter }) => chapter === 'CPU' || chapter === 'Memory')
    .flatMap(({ section }) => dataOr(section, { rows: [], more: 0 }).rows)
    .flatMap(instanceOf);
}

function instanceOf({ labels }: { readonly labels: Readonly<Record<string, string>> }): string[] {
  return labels.instance === undefined ? [] : [labels.instance];
}

function judge(
  instance: string,
  facts: Facts & { readonly dates: readonly CapacityDate[] },
): HostVerdict {
  const own = dataOr(facts.problems, []).filter(({ labels }) => labels.instance === instance);
  const [worst] = own;
  const [next] = facts.dates.filter(
    (date) => date.labels.instance === instance && (soonest(date) ?? 0) - facts.to < SOON_SECONDS,
  );
  const seen = seenRatio(facts.measures, instance);
  const why = [
    ...(worst === undefined ? [] : [describe(worst)]),
    ...(next === undefined ? [] : [describeDate(next, facts.to)]),
    ...(seen < SEEN_RATIO ? [`seen ${Math.round(seen * 100)} % of the time`] : []),
  ];
  if (worst?.severity === 'critical') return { instance, state: 'critical', why: why.join('; ') };
  if (worst?.severity === 'warning' || next !== undefined)
    return { instance, state: 'watch', why: why.join('; ') };
  if (!('data' in facts.problems)) why.push('bottlenecks could not be told');
  if (seen < SEEN_RATIO || !('data' in facts.problems))
    return { instance, state: 'unknown', why: why.join('; ') };
  return { instance, state: 'good', why: 'no bottleneck fired, nothing runs out within a week' };
}

function seenRatio(measures: readonly MeasureReport[], instance: string): number {
  const rows = measures
    .filter(({ chapter }) => chapter === 'CPU' || chapter === 'Memory')
    .flatMap(({ section }) => dataOr(section, { rows: [], more: 0 }).rows)
    .filter(({ labels }) => labels.instance === instance);
  return rows.reduce((most, row) => Math.max(most, row.seenRatio), 0);
}

function describe({ kind, labels, firingSeconds, isOpen }: Problem): string {
  const who = labels.group ?? labels.target ?? labels.probe ?? labels.database_server;
  const what = wordsOf(kind);
  const open = isOpen ? ', open at the end' : '';
  return `${what}${who === undefined ? '' : ` of ${who}`} for ${formatSpan(firingSeconds)}${open}`;
}

function describeDate(date: CapacityDate, now: number): string {
  const left = Math.max(0, soonest(date)! - now);
  const surely = date.expected === undefined ? 'may reach' : 'reaches';
  return `${wordsOf(date.signal)} ${surely} its limit in ${formatSpan(Math.max(1, left))}`;
}
