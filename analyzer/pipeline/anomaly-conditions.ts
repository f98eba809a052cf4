// Flat lines, gaps and resets in words: what happened to a series, and what its own past says of it.
import type { Condition } from '../anomaly/conditions.ts';
import { formatSpan } from '../bottleneck/format.ts';
import { matchers } from '../features/feature.ts';
import type { AnomalyCondition } from '../series/anomaly.ts';
import type { Labels } from '../series/labels.ts';
import { GROUP_SIGNAL, HOST_SIGNAL, type Watched } from './anomaly-events.ts';
import { nameOf } from './anomaly-explanation.ts';

/** A reset is over at once; it is told for this long. */
const RESET_SECONDS = 3600;
const MAX_DIGITS = 3;

export interface ConditionOptions {
  /** Unix seconds of the last look. */
  readonly at: number;
  /** The expression that shows a series. */
  readonly promqlOf: (signal: string, labels: Labels) => string;
}

/** What holds now, the latest first. A flat line only where the series used to move, a gap until the series counts as gone. */
export function conditionsOf(
  watched: Pick<Watched, 'series' | 'hosts' | 'groups'>,
  { at, promqlOf }: ConditionOptions,
): AnomalyCondition[] {
  const { series, hosts, groups } = watched;
  const ofSeries = [...series.values()].flatMap(({ signal, labels, latest, reset }) => {
    const now = latest?.conditions.filter(({ kind }) => kind !== 'reset') ?? [];
    const begun = reset !== undefined && at - reset.since < RESET_SECONDS ? [reset] : [];
    return [...now, ...begun].map((condition) => {
      const text = explain(nameOf(signal, labels), condition, at);
      const { kind, since } = condition;
      return { kind, signal, labels, since, text, promql: promqlOf(signal, labels) };
    });
  });
  const all = [
    ...ofSeries,
    ...regimesOf(HOST_SIGNAL, hosts, at),
    ...regimesOf(GROUP_SIGNAL, groups, at),
  ];
  return all.sort((a, b) => b.since - a.since);
}

/** Hosts and groups that are otherwise than learnt, and stayed so: their alarm has ended, and this is what is left of it. */
function regimesOf(signal: string, all: Watched['hosts'], at: number): AnomalyCondition[] {
  return [...all.values()].flatMap(({ labels, episode: { regime } }): AnomalyCondition[] => {
    if (regime === undefined) return [];
    const span = formatSpan(Math.max(0, at - regime.since));
    const text = `${nameOf(signal, labels)} has been otherwise than before for ${span}, and stayed so: its alarm has ended, and what is unusual is judged against this`;
    const promql = `guard_anomaly_score{${matchers({ signal, ...labels })}}`;
    return [{ kind: 'regime_changed', signal, labels, since: regime.since, text, promql }];
  });
}

function explain(name: string, { kind, since, value, usualSeconds }: Condition, at: number) {
  const span = formatSpan(Math.max(0, at - since));
  const last = Number.isFinite(value) ? String(Number(value.toPrecision(MAX_DIGITS))) : 'unknown';
  const usual = formatSpan(usualSeconds);
  switch (kind) {
    case 'flat_line': {
      const before =
        usualSeconds > 0
          ? `it never stood still for longer than ${usual} before`
          : 'it always moved';
      return `${name} has stood at ${last} for ${span}; ${before}: a source that is stuck, or work that has ended`;
    }
    case 'gap':
      return `${name} has had no value for ${span}, the last was ${last}; it came every ${usual}: what it measures, or who measures, is gone`;
    case 'reset':
      return `${name} began again ${span} ago, from ${last}: what counts was restarted`;
  }
}
