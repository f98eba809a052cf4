// The bottlenecks, anomalies and actions of a range, from the series that the analyzer has exposed about them.
import { formatDuration } from '../../service/duration.ts';
import { type Labels, labelsKey, withoutLabels } from '../series/labels.ts';
import { endOf, type Series } from '../series/series.ts';
import { type Ask, MissingError } from './ask.ts';
import type { ActionOutcome, AnomalyCount, Problem, ReportRange } from './report-data.ts';

/** What is open is looked at this often within every step. */
const LOOK_SECONDS = 30;
const SEVERITIES = ['critical', 'warning', 'info'] as const;
const NOT_SUBJECT = ['job', 'severity', 'state', 'kind'];

/** Whether the analyzer was heard of at all: without it, nothing found means nothing. */
async function requireAnalyzer(ask: Ask, { from, to }: ReportRange): Promise<void> {
  const span = formatDuration(to - from);
  // Exposed by every running analyzer, whatever it finds.
  const seen = await ask.instant(`count(count_over_time(guard_actions_paused[${span}]))`, to);
  if (seen.length === 0)
    throw new MissingError('no series of the analyzer in this range: is it scraped?');
}

/** The worst first: severity, then time. @throws {MissingError} where no analyzer was there to find any. */
export async function readProblems(ask: Ask, range: ReportRange): Promise<Problem[]> {
  const slots = await ask.all(openTime('guard_finding{state="firing"}', range), range);
  if (slots.length === 0) await requireAnalyzer(ask, range);
  const span = formatDuration(range.to - range.from);
  const scores = await ask.instant(`max_over_time(guard_bottleneck_score[${span}])`, range.to);
  const peaks = new Map(scores.map(({ labels, value }) => [keyOf(labels), value]));
  const bySubject = Map.groupBy(slots, ({ labels }) => keyOf(labels));
  return [...bySubject].map(([key, series]) => toProblem(series, peaks.get(key))).sort(worstFirst);
}

function openTime(promql: string, { step }: ReportRange): string {
  return `count_over_time((${promql})[${formatDuration(step)}:${LOOK_SECONDS}s]) * ${LOOK_SECONDS}`;
}

function keyOf(labels: Labels): string {
  return labelsKey({ ...withoutLabels(labels, ...NOT_SUBJECT), kind: labels.kind ?? '' });
}

/** One problem of the series of all its severities. */
function toProblem(series: readonly Series[], peakScore: number | undefined): Problem {
  const { labels, step } = series[0]!;
  const slots = addUp(series);
  const times = [...slots.keys()].sort((a, b) => a - b);
  const severities = series.map((one) => one.labels.severity);
  return {
    kind: labels.kind ?? 'unknown',
    labels: withoutLabels(labels, ...NOT_SUBJECT),
    severity: SEVERITIES.find((severity) => severities.includes(severity)) ?? 'info',
    firingSeconds: [...slots.values()].reduce((sum, seconds) => sum + seconds, 0),
    episodes: times.filter((time) => !slots.has(time - step)).length,
    first: times[0]! - step,
    last: times.at(-1)!,
    isOpen: times.at(-1) === endOf(series[0]!),
    peakScore,
  };
}

/** Seconds by the end of their slot, of those in which there was something. */
function addUp(series: readonly Series[]): Map<number, number> {
  const slots = new Map<number, number>();
  for (const { start, step, values } of series)
    for (const [index, value] of values.entries()) {
      const time = start + index * step;
      if (value > 0) slots.set(time, Math.min(step, (slots.get(time) ?? 0) + value));
    }
  return slots;
}

function worstFirst(a: Problem, b: Problem): number {
  const severity = SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
  return severity || b.firingSeconds - a.firingSeconds;
}

/** Open anomalies by signal and subject, the longest first. */
export async function readAnomalies(ask: Ask, range: ReportRange): Promise<AnomalyCount[]> {
  const slots = await ask.all(openTime('guard_anomaly', range), range);
  if (slots.length === 0) await requireAnalyzer(ask, range);
  const bySubject = Map.groupBy(slots, ({ labels }) =>
    labelsKey(withoutLabels(labels, 'job', 'detector', 'condition')),
  );
  const counts = [...bySubject.values()].map((series) => {
    const times = addUp(series);
    const { labels, step } = series[0]!;
    return {
      labels: withoutLabels(labels, 'job', 'detector', 'condition', 'signal'),
      signal: labels.signal ?? 'unknown',
      episodes: [...times.keys()].filter((time) => !times.has(time - step)).length,
      seconds: [...times.values()].reduce((sum, seconds) => sum + seconds, 0),
    };
  });
  return counts.filter(({ seconds }) => seconds > 0).sort((a, b) => b.seconds - a.seconds);
}

/** What the counter grew by, exactly: `increase` would miss a first one and make fractions of the others. */
export async function readActions(ask: Ask, range: ReportRange): Promise<ActionOutcome[]> {
  const found = await ask.all('guard_action_outcomes_total', range);
  if (found.length === 0) await requireAnalyzer(ask, range);
  const grown = found.map(({ labels, values }) => ({ labels, count: growthOf(values) }));
  const byAction = Map.groupBy(grown, ({ labels }) => `${labels.action} ${labels.kind}`);
  const outcomes = [...byAction.values()].map((all) => {
    const countOf = (verdict: string) =>
      all
        .filter(({ labels }) => labels.verdict === verdict)
        .reduce((sum, { count }) => sum + count, 0);
    return {
      action: all[0]!.labels.action ?? 'unknown',
      kind: all[0]!.labels.kind ?? 'unknown',
      improved: countOf('improved'),
      noEffect: countOf('no_effect'),
      worse: countOf('worse'),
      unknown: countOf('unknown'),
    };
  });
  return outcomes
    .filter(({ improved, noEffect, worse, unknown }) => improved + noEffect + worse + unknown > 0)
    .sort((a, b) => (a.action < b.action ? -1 : 1));
}

/** A series that begins within the range began at 0; one that falls was begun anew. */
function growthOf(values: Float64Array): number {
  let before = Number.isNaN(values[0]) ? 0 : values[0]!;
  let grown = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    grown += value >= before ? value - before : value;
    before = value;
  }
  return Math.round(grown);
}
