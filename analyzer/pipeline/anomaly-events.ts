// From single alarms to events: all that is unusual about one host at a time is one event, explained once.
import { strongestLag } from '../math/cross-correlation.ts';
import type { AnomalyEvent, AnomalyScore, Contribution } from '../series/anomaly.ts';
import type { Finding } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import { explainEvent, nameOf } from './anomaly-explanation.ts';
import type { WatchedHost } from './host-watch.ts';
import type { WatchedPeer } from './peer-watch.ts';
import { hostLabels, type WatchedSeries } from './series-watch.ts';

export const ANOMALY_KIND = 'anomaly';
export const ANOMALY_ALERTNAME = 'GuardAnomaly';
/** The signal under which a host as a whole is scored. */
export const HOST_SIGNAL = 'host';
const MAX_CONTRIBUTIONS = 5;
/** Less than that of the whole is no reason. */
const MIN_SHARE = 0.03;
const MAX_CORRELATED = 5;
const MIN_CORRELATION = 0.7;
const MAX_LAG_STEPS = 10;

export interface Watched {
  readonly series: ReadonlyMap<string, WatchedSeries>;
  readonly hosts: ReadonlyMap<string, WatchedHost>;
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
  readonly host: WatchedHost | undefined;
}

/** The highest score first. */
export function findEvents(watched: Watched, options: EventOptions): Map<string, AnomalyEvent> {
  const open = [...watched.series.values()].filter(({ alarm }) => alarm.since !== undefined);
  const peers = [...watched.peers.values()].filter(({ alarm }) => alarm.since !== undefined);
  const bySeries = Map.groupBy(open, ({ host }) => host);
  const byPeer = Map.groupBy(peers, ({ key }) => watched.series.get(key)?.host ?? key);
  const hosts = [...watched.hosts.values()].filter(({ alarm }) => alarm.since !== undefined);
  const keys = new Set([...bySeries.keys(), ...byPeer.keys(), ...hosts.map(({ key }) => key)]);
  const events = [...keys].map((key): [string, AnomalyEvent] => {
    const host = hosts.find((one) => one.key === key);
    const members = { series: bySeries.get(key) ?? [], peers: byPeer.get(key) ?? [], host };
    const earlier = options.before?.get(key)?.first;
    return [key, toEvent(members, watched, { ...options, earlier })];
  });
  return new Map(events.sort(([, a], [, b]) => b.score - a.score));
}

type EventContext = EventOptions & { readonly earlier: AnomalyEvent['first'] };

function toEvent(members: Members, watched: Watched, options: EventContext): AnomalyEvent {
  const { series, peers, host } = members;
  const contributions = contributionsOf(members, watched);
  const [top] = contributions;
  const sinces = [...series, ...peers, ...(host === undefined ? [] : [host])].map(
    ({ alarm }) => alarm.since!,
  );
  const model = host?.explanation;
  const doubts = series.map(({ worst }) => 1 - (worst?.confidence ?? 0));
  const event = {
    subject: host?.labels ?? subjectOf(series[0] ?? watched.series.get(peers[0]?.key ?? '')),
    since: Math.min(...sinces),
    score: Math.max(...[...series, ...peers, ...(host ? [host] : [])].map(({ peak }) => peak)),
    confidence: 1 - [...doubts, 1 - (model?.confidence ?? 0)].reduce((all, one) => all * one, 1),
    contributions,
    correlated: top === undefined ? [] : correlatedWith(top, watched, options.step),
    first: firstOf(members, watched, options.earlier),
    agreeing: [
      ...new Set([
        ...series.flatMap(({ worst }) => worst?.agreeing ?? []),
        ...(model?.agreeing ?? []),
        ...(peers.length > 0 ? ['peers'] : []),
      ]),
    ],
  };
  const comparisons = [
    ...(host === undefined ? [] : ['all series of its host together']),
    ...(peers.length === 0 ? [] : [`the replicas on other hosts (${namesOf(peers, watched)})`]),
  ];
  return { ...event, evidence: explainEvent(event, options.promqlOf, comparisons) };
}

/** The model's shares where the host as a whole is unusual, else by how far each series is out. */
function contributionsOf({ series, peers, host }: Members, watched: Watched): Contribution[] {
  const explanation = host?.explanation;
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
  { series, host }: Members,
  watched: Watched,
  earlier: AnomalyEvent['first'],
): AnomalyEvent['first'] {
  const fromModel = host?.explanation?.first;
  const one = fromModel && watched.series.get(fromModel.series);
  const candidates = [
    ...(earlier === undefined ? [] : [earlier]),
    ...series.map(({ signal, labels, alarm, worst }) => {
      const time = Math.min(alarm.since!, worst?.since || Infinity);
      return { name: nameOf(signal, labels), time };
    }),
    ...(one ? [{ name: nameOf(one.signal, one.labels), time: fromModel.time }] : []),
  ];
  return candidates.sort((a, b) => a.time - b.time)[0];
}

/** The host where there is one, else the series itself. */
function subjectOf(series: WatchedSeries | undefined): Labels {
  if (series === undefined) return {};
  const { labels, signal } = series;
  return labels.instance === undefined ? { ...labels, signal } : hostLabels(labels);
}

function namesOf(peers: readonly WatchedPeer[], { series }: Watched): string {
  const names = peers.flatMap(({ key }) => {
    const one = series.get(key);
    return one === undefined ? [] : [nameOf(one.signal, one.labels)];
  });
  return names.slice(0, MAX_CONTRIBUTIONS).join(', ');
}

/** Every judgement of the last look. */
export function scoresOf({ series, hosts, peers }: Watched): AnomalyScore[] {
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
    ...[...hosts.values()].map(
      ({ labels, score, alarm }): AnomalyScore => ({
        ...{ signal: HOST_SIGNAL, detector: 'multivariate', labels, score },
        ...{ actual: none, expected: none, lower: none, upper: none },
        ...episode(alarm.since),
        conditions: [],
      }),
    ),
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
