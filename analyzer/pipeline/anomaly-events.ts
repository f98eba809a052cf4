// From single alarms to events: all that is unusual about one host at a time is one event, explained once.
import { strongestLag } from '../math/cross-correlation.ts';
import type { AnomalyEvent, AnomalyScore, Contribution } from '../series/anomaly.ts';
import type { Finding } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import { explainEvent, nameOf } from './anomaly-explanation.ts';
import type { WatchedPeer } from './peer-watch.ts';
import { hostLabels, type WatchedSeries } from './series-watch.ts';
import type { WatchedSubject } from './subject-watch.ts';

export const ANOMALY_KIND = 'anomaly';
export const ANOMALY_ALERTNAME = 'GuardAnomaly';
/** The signal under which a host as a whole is scored. */
export const HOST_SIGNAL = 'host';
/** And a process group of a host. */
export const GROUP_SIGNAL = 'group';
const MAX_CONTRIBUTIONS = 5;
/** Less than that of the whole is no reason. */
const MIN_SHARE = 0.03;
const MAX_CORRELATED = 5;
const MIN_CORRELATION = 0.7;
const MAX_LAG_STEPS = 10;

export interface Watched {
  readonly series: ReadonlyMap<string, WatchedSeries>;
  readonly hosts: ReadonlyMap<string, WatchedSubject>;
  readonly groups: ReadonlyMap<string, WatchedSubject>;
  readonly peers: ReadonlyMap<string, WatchedPeer>;
}

export interface EventOptions {
  /** Seconds. */
  readonly step: number;
  /** The expression that shows a series. */
  readonly promqlOf: (signal: string, labels: Labels) => string;
  /** The events of the look before: what was first stays first. */
  readonly before?: ReadonlyMap<string, AnomalyEvent> | undefined;
}

/** What is open of one host, or of one series that belongs to none. */
interface Members {
  readonly series: readonly WatchedSeries[];
  readonly peers: readonly WatchedPeer[];
  /** The host as a whole first, then its groups, the most unusual first. */
  readonly wholes: readonly WatchedSubject[];
}

/** The highest score first. */
export function findEvents(watched: Watched, options: EventOptions): Map<string, AnomalyEvent> {
  const open = [...watched.series.values()].filter(({ alarm }) => alarm.since !== undefined);
  const peers = [...watched.peers.values()].filter(({ alarm }) => alarm.since !== undefined);
  const bySeries = Map.groupBy(open, ({ host }) => host);
  const byPeer = Map.groupBy(peers, ({ key }) => watched.series.get(key)?.host ?? key);
  const byWhole = Map.groupBy(openWholes(watched), ({ host }) => host);
  const keys = new Set([...bySeries.keys(), ...byPeer.keys(), ...byWhole.keys()]);
  const events = [...keys].map((key): [string, AnomalyEvent] => {
    const members = {
      ...{ series: bySeries.get(key) ?? [], peers: byPeer.get(key) ?? [] },
      wholes: byWhole.get(key) ?? [],
    };
    const earlier = options.before?.get(key)?.first;
    return [key, toEvent(members, watched, { ...options, earlier })];
  });
  return new Map(events.sort(([, a], [, b]) => b.score - a.score));
}

function openWholes({ hosts, groups }: Watched): WatchedSubject[] {
  const open = (all: Watched['hosts']) =>
    [...all.values()].filter(({ alarm }) => alarm.since !== undefined);
  return [...open(hosts), ...open(groups).sort((a, b) => b.peak - a.peak)];
}

type EventContext = EventOptions & { readonly earlier: AnomalyEvent['first'] };

function toEvent(members: Members, watched: Watched, options: EventContext): AnomalyEvent {
  const { series, peers, wholes } = members;
  const contributions = contributionsOf(members, watched);
  const [top] = contributions;
  const all = [...series, ...peers, ...wholes];
  const models = wholes.flatMap(({ explanation }) => explanation ?? []);
  const doubts = [...series.map(({ worst }) => worst), ...models].map(
    (one) => 1 - (one?.confidence ?? 0),
  );
  const event = {
    subject: subjectOf(wholes[0] ?? series[0] ?? watched.series.get(peers[0]?.key ?? '')),
    since: Math.min(...all.map(({ alarm }) => alarm.since!)),
    score: Math.max(...all.map(({ peak }) => peak)),
    confidence: 1 - doubts.reduce((product, one) => product * one, 1),
    contributions,
    correlated: top === undefined ? [] : correlatedWith(top, watched, options.step),
    first: firstOf(members, watched, options.earlier),
    agreeing: [
      ...new Set([
        ...series.flatMap(({ worst }) => worst?.agreeing ?? []),
        ...models.flatMap(({ agreeing }) => agreeing),
        ...(peers.length > 0 ? ['peers'] : []),
      ]),
    ],
  };
  const comparisons = [
    ...wholes.map(({ key, host, labels }) =>
      key === host
        ? 'all series of its host together'
        : `all series of the process group ${labels.group} together`,
    ),
    ...(peers.length === 0 ? [] : [`the replicas on other hosts (${namesOf(peers, watched)})`]),
  ];
  return { ...event, evidence: explainEvent(event, options.promqlOf, comparisons) };
}

/** The model's shares where the host or a group as a whole is unusual, else by how far each series is out. */
function contributionsOf({ series, peers, wholes }: Members, watched: Watched): Contribution[] {
  const explanation = wholes.find((one) => one.explanation !== undefined)?.explanation;
  if (explanation !== undefined)
    return explanation.contributors.flatMap(({ series: key, ...rest }) => {
      const one = watched.series.get(key);
      const isReason = one !== undefined && rest.share >= MIN_SHARE;
      return isReason ? [{ signal: one.signal, labels: one.labels, ...rest }] : [];
    });
  const parts = [
    ...series.map((one) => ({ one, weight: one.peak, seen: one.worst })),
    ...peers.flatMap(({ key, peak, judgement }) => {
      const one = watched.series.get(key);
      const actual = one?.recent.at(-1) ?? Number.NaN;
      return one === undefined ? [] : [{ one, weight: peak, seen: { ...judgement, actual } }];
    }),
  ].sort((a, b) => b.weight - a.weight);
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return parts.slice(0, MAX_CONTRIBUTIONS).map(({ one, weight, seen }) => ({
    signal: one.signal,
    labels: one.labels,
    share: total > 0 ? weight / total : 1 / parts.length,
    actual: seen?.actual ?? Number.NaN,
    expected: seen?.expected ?? Number.NaN,
    lower: seen?.lower ?? Number.NaN,
    upper: seen?.upper ?? Number.NaN,
  }));
}

function correlatedWith(top: Contribution, { series }: Watched, step: number) {
  const all = [...series.values()];
  const reference = all.find(
    ({ signal, labels }) => signal === top.signal && labels === top.labels,
  );
  if (reference === undefined) return [];
  return all
    .filter((one) => one !== reference && one.host === reference.host)
    .map((one) => ({ one, ...strongestLag(reference.recent, one.recent, MAX_LAG_STEPS) }))
    .filter(({ correlation }) => Math.abs(correlation) >= MIN_CORRELATION)
    .sort((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation))
    .slice(0, MAX_CORRELATED)
    .map(({ one, correlation, lag }) => ({
      name: nameOf(one.signal, one.labels),
      correlation,
      lagSeconds: lag * step,
    }));
}

function firstOf(
  { series, wholes }: Members,
  watched: Watched,
  earlier: AnomalyEvent['first'],
): AnomalyEvent['first'] {
  const fromModels = wholes.flatMap(({ explanation }) => explanation?.first ?? []);
  const candidates = [
    ...(earlier === undefined ? [] : [earlier]),
    ...series.map(({ signal, labels, alarm, worst }) => {
      const time = Math.min(alarm.since!, worst?.since || Infinity);
      return { name: nameOf(signal, labels), time };
    }),
    ...fromModels.flatMap(({ series: key, time }) => {
      const one = watched.series.get(key);
      return one === undefined ? [] : [{ name: nameOf(one.signal, one.labels), time }];
    }),
  ];
  return candidates.sort((a, b) => a.time - b.time)[0];
}

/** The host where there is one, else the series itself. */
function subjectOf(one: WatchedSeries | WatchedSubject | undefined): Labels {
  if (one === undefined) return {};
  const { labels } = one;
  if (labels.instance !== undefined) return hostLabels(labels);
  return 'signal' in one ? { ...labels, signal: one.signal } : labels;
}

function namesOf(peers: readonly WatchedPeer[], { series }: Watched): string {
  const names = peers.flatMap(({ key }) => {
    const one = series.get(key);
    return one === undefined ? [] : [nameOf(one.signal, one.labels)];
  });
  return names.slice(0, MAX_CONTRIBUTIONS).join(', ');
}

/** Every judgement of the last look. */
export function scoresOf({ series, hosts, groups, peers }: Watched): AnomalyScore[] {
  const none = Number.NaN;
  return [
    ...[...series.values()].flatMap(({ signal, labels, score, latest, alarm }): AnomalyScore[] =>
      latest === undefined
        ? []
        : [
            {
              ...{ signal, detector: 'fused', labels, score, actual: latest.actual },
              ...{ expected: latest.expected, lower: latest.lower, upper: latest.upper },
              ...episode(alarm.since),
              conditions: latest.conditions.map(({ kind }) => kind),
            },
          ],
    ),
    ...[...hosts.values()].map((one) => scoreOfWhole(HOST_SIGNAL, one)),
    ...[...groups.values()].map((one) => scoreOfWhole(GROUP_SIGNAL, one)),
    ...[...peers.values()].flatMap(({ key, score, judgement, alarm }): AnomalyScore[] => {
      const one = series.get(key);
      if (one === undefined) return [];
      const { expected, lower, upper } = judgement;
      return [
        {
          ...{ signal: one.signal, detector: 'peers', labels: one.labels, score },
          ...{ actual: one.recent.at(-1) ?? none, expected, lower, upper },
          ...episode(alarm.since),
          conditions: [],
        },
      ];
    }),
  ];
}

function scoreOfWhole(signal: string, { labels, score, alarm }: WatchedSubject): AnomalyScore {
  const none = Number.NaN;
  return {
    ...{ signal, detector: 'multivariate', labels, score },
    ...{ actual: none, expected: none, lower: none, upper: none },
    ...episode(alarm.since),
    conditions: [],
  };
}

function episode(since: number | undefined): Pick<AnomalyScore, 'isOpen' | 'since'> {
  return { isOpen: since !== undefined, since: since ?? Number.NaN };
}

/** An event as a finding of its own kind, with what the rules say of the same host beside it. */
export function toFinding(event: AnomalyEvent, bottlenecks: readonly Finding[]): Finding {
  const { subject, since, score, confidence, evidence, first, contributions } = event;
  const own = bottlenecks.filter(
    ({ subject: other, state }) =>
      state !== 'resolved' && subject.instance !== undefined && other.instance === subject.instance,
  );
  const rules = own.slice(0, MAX_CONTRIBUTIONS).map((one) => ({
    text: `the rules say: ${one.kind} in ${one.subject.group ?? one.subject.instance} (${one.score.toFixed(2)})`,
    promql: one.evidence[0]?.promql ?? '',
  }));
  const start = first?.name ?? contributions[0] ?? '';
  const look = typeof start === 'string' ? start : nameOf(start.signal, start.labels);
  return {
    ...{ kind: ANOMALY_KIND, subject, score, confidence, severity: 'info', state: 'firing' },
    ...{ since, changed: since, evidence: [...evidence, ...rules] },
    suggestions: [
      {
        id: 'look_at_first',
        text: `Look at ${look} first, then say whether it was real or noise`,
        reason: 'it left what is usual before the others; what you say moves the threshold',
      },
    ],
  };
}
