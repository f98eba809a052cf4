// Reads the last half hour of a host once, and compares every finding of that host with it.
import { type Candidate, correlate, increments, tooFewValues } from '../bottleneck/correlate.ts';
import { COMPARED, mainSignal, repeats } from '../bottleneck/correlate-signals.ts';
import {
  ENTITY_LABELS,
  entityOf,
  type FeatureName,
  HOST_LABELS,
  promqlOf,
} from '../features/feature.ts';
import type { Querier } from '../prometheus/querier.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import type { PartResult, Question } from './investigate-parts.ts';

const WINDOW_SECONDS = 1_800;
const STEP_SECONDS = 15;
/** One host is some 20 features of a few hundred groups: megabytes. */
const MAX_HOSTS_KEPT = 4;
const KEPT_SECONDS = 240;
/** Series of one feature that are looked at, those with the highest peaks: every feature gets its turn, and what is small moves little. */
const MAX_SERIES = 50;

interface Read {
  readonly at: number;
  readonly candidates: readonly (Candidate & { readonly feature: FeatureName })[];
}

export function createCorrelator() {
  const hosts = new Map<string, Read>();

  async function candidatesOf(question: Question, ask: Querier): Promise<Read['candidates']> {
    const host = pick(question.finding.subject, HOST_LABELS);
    const key = labelsKey(host);
    const before = hosts.get(key);
    if (before !== undefined && question.now - before.at < KEPT_SECONDS) return before.candidates;
    const candidates = [];
    for (const feature of COMPARED)
      candidates.push(...(await readFeature(feature, { host, question, ask })));
    hosts.delete(key);
    hosts.set(key, { at: question.now, candidates });
    for (const old of hosts.keys()) if (hosts.size > MAX_HOSTS_KEPT) hosts.delete(old);
    return candidates;
  }

  return {
    async ask(question: Question, ask: Querier): Promise<PartResult> {
      const { kind, subject } = question.finding;
      const wanted = mainSignal(kind);
      if (wanted === undefined) return {};
      const main = await readMain(wanted.features, question, ask);
      if (main === undefined) {
        return {
          early: true,
          untold: [
            `${wanted.features.join(', ')}: no values that move, so nothing to compare with`,
          ],
        };
      }
      const compared = wanted.grows ? { ...main, series: increments(main.series) } : main;
      const tooFew = tooFewValues(compared);
      if (tooFew !== undefined) return { early: true, untold: [tooFew] };
      const all = await candidatesOf(question, ask);
      const others = all.filter((other) => !repeats({ feature: main.feature, subject }, other));
      const { strongest, untold } = correlate(compared, others);
      return { correlated: strongest, untold: untold === undefined ? [] : [untold] };
    },
  };
}

interface Reading {
  readonly host: Labels;
  readonly question: Question;
  readonly ask: Querier;
}

async function readFeature(
  feature: FeatureName,
  { host, question, ask }: Reading,
): Promise<(Candidate & { feature: FeatureName })[]> {
  const series = await readSeries(feature, { labels: host, question, ask });
  const largest = series
    .filter(({ values }) => moves(values))
    .map((one) => ({ one, peak: peakOf(one.values) }))
    .sort((a, b) => b.peak - a.peak)
    .slice(0, MAX_SERIES);
  return largest.flatMap(({ one }) => {
    const subject = subjectOf(feature, host, one.labels);
    if (subject === undefined) return [];
    return [
      {
        feature,
        signal: feature,
        subject,
        series: one,
        promql: promqlOfFeature(feature, subject, question),
      },
    ];
  });
}

/** The first of the features that the subject has and that moves. */
async function readMain(features: readonly FeatureName[], question: Question, ask: Querier) {
  const { subject } = question.finding;
  for (const feature of features) {
    const entity = entityOf(feature);
    const own = entity === 'host' ? HOST_LABELS : [...HOST_LABELS, ENTITY_LABELS[entity]];
    if (own.some((label) => subject[label] === undefined)) continue;
    const labels = pick(subject, own);
    const [series] = await readSeries(feature, { labels, question, ask });
    if (series === undefined || !moves(series.values)) continue;
    const promql = promqlOfFeature(feature, labels, question);
    return { feature, signal: feature, subject: labels, series, promql };
  }
  return undefined;
}

async function readSeries(
  feature: FeatureName,
  { labels, question, ask }: { labels: Labels; question: Question; ask: Querier },
): Promise<Series[]> {
  const promql = promqlOfFeature(feature, labels, question);
  if (promql === '') return [];
  const to = Math.floor(question.now / STEP_SECONDS) * STEP_SECONDS;
  return ask.range(promql, { from: to - WINDOW_SECONDS, to, step: STEP_SECONDS });
}

function promqlOfFeature(feature: FeatureName, labels: Labels, { sources }: Question): string {
  const source = sources.sources[feature];
  if (source === undefined) return '';
  return promqlOf(source, sources.unrecorded.has(feature) ? 'expr' : 'record', labels);
}

function subjectOf(feature: FeatureName, host: Labels, labels: Labels): Labels | undefined {
  const entity = entityOf(feature);
  if (entity === 'host') return host;
  const label = ENTITY_LABELS[entity];
  const name = labels[label];
  return name === undefined ? undefined : { ...host, [label]: name };
}

function pick(labels: Labels, names: readonly string[]): Labels {
  return Object.fromEntries(
    names.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])),
  );
}

function peakOf(values: Float64Array): number {
  return values.reduce((peak, value) => (value > peak ? value : peak), Number.NEGATIVE_INFINITY);
}

/** What stays at one value moves with nothing. */
function moves(values: Float64Array): boolean {
  let first = Number.NaN;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    if (Number.isNaN(first)) first = value;
    if (value !== first) return true;
  }
  return false;
}
