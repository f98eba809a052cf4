// Joins the answers to the feature queries into one record per host and per subject below it: process group, ping target, ….
import type { Labels } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import {
  ENTITY_LABELS,
  type Entity,
  entityOf,
  type FeatureName,
  type FeatureSources,
  HOST_LABELS,
  promqlOf,
} from './feature.ts';

/** What is known at one moment of one subject: a host itself, or something on it that rules judge. */
export interface SubjectFeatures {
  readonly subject: Labels;
  readonly host: HostFeatures;
  /** A feature of the subject, or of its host when the name begins with `host_`. */
  value(name: FeatureName): number | undefined;
  /** Labels of the value, such as the device of the busiest disk. */
  detail(name: FeatureName): Labels;
  /** Anonymous memory of the last hour, oldest first, when it was read. */
  readonly memoryHistory: Series | undefined;
  /** The floor of anonymous memory, hour by hour, over the last days, when it was read. */
  readonly memoryTrend: Series | undefined;
  /** The PromQL that shows this subject's (or for `host_…` its host's) value of a feature. */
  promql(name: FeatureName): string;
}

/** A process group, the usual subject. */
export type GroupFeatures = SubjectFeatures;

export interface HostFeatures extends SubjectFeatures {
  readonly groups: readonly GroupFeatures[];
  /** Everything of one sort below this host, the host alone for `host`. */
  subjects(entity: Entity | 'host'): readonly SubjectFeatures[];
  /** What is the same for every subject of the host is worked out for the first one that asks; `key` names it. */
  once<T>(key: string, workOut: () => T): T;
}

export interface FeatureAnswers {
  readonly points: ReadonlyMap<FeatureName, readonly Point[]>;
  readonly memoryHistory: readonly Series[];
  readonly memoryTrend?: readonly Series[];
  readonly sources: FeatureSources;
  /** Features that came from the raw expression since the recording rule answered nothing. */
  readonly unrecorded: ReadonlySet<FeatureName>;
}

type Values = Map<FeatureName, { value: number; labels: Labels }>;
type SubjectValues = Map<string, Values>;
interface HostEntry {
  readonly subject: Labels;
  readonly values: Values;
  readonly below: Map<Entity, SubjectValues>;
}

/** One entry per host that has any feature, ordered by instance. NaN values are treated as not there. */
export function buildFeatureTable(answers: FeatureAnswers): HostFeatures[] {
  const hosts = new Map<string, HostEntry>();
  for (const [name, points] of answers.points) {
    const entity = entityOf(name);
    for (const { labels, value } of points) {
      if (Number.isNaN(value)) continue;
      const host = hostOf(hosts, labels);
      const values = entity === 'host' ? host.values : valuesBelow(host, entity, labels);
      values?.set(name, { value, labels });
    }
  }
  const context = {
    answers,
    histories: indexByGroup(answers.memoryHistory),
    trends: indexByGroup(answers.memoryTrend ?? []),
  };
  return [...hosts.values()]
    .sort((a, b) => ((a.subject.instance ?? '') < (b.subject.instance ?? '') ? -1 : 1))
    .map((host) => toHostFeatures(host, context));
}

function hostOf(hosts: Map<string, HostEntry>, labels: Labels): HostEntry {
  const key = hostKey(labels);
  let host = hosts.get(key);
  if (host === undefined) {
    host = { subject: subjectOf(labels), values: new Map(), below: new Map() };
    hosts.set(key, host);
  }
  return host;
}

function valuesBelow({ below }: HostEntry, entity: Entity, labels: Labels): Values | undefined {
  const name = labels[ENTITY_LABELS[entity]];
  if (name === undefined) return undefined;
  const subjects = below.get(entity) ?? new Map<string, Values>();
  below.set(entity, subjects);
  const values = subjects.get(name) ?? new Map();
  subjects.set(name, values);
  return values;
}

interface Context {
  readonly answers: FeatureAnswers;
  readonly histories: ReadonlyMap<string, Series>;
  readonly trends: ReadonlyMap<string, Series>;
}

function toHostFeatures({ subject, values, below }: HostEntry, context: Context): HostFeatures {
  const subjects = new Map<Entity | 'host', readonly SubjectFeatures[]>();
  const known = new Map<string, unknown>();
  const host: HostFeatures = {
    subject,
    once<T>(key: string, workOut: () => T): T {
      if (!known.has(key)) known.set(key, workOut());
      return known.get(key) as T;
    },
    get host() {
      return host;
    },
    value: (name) => values.get(name)?.value,
    detail: (name) => values.get(name)?.labels ?? {},
    memoryHistory: undefined,
    memoryTrend: undefined,
    promql: (name) => showPromql(context.answers, name, subject),
    get groups() {
      return subjects.get('group') ?? [];
    },
    subjects: (entity) => subjects.get(entity) ?? [],
  };
  subjects.set('host', [host]);
  for (const [entity, ofEntity] of below) {
    const list = [...ofEntity].map(([name, own]) =>
      toSubjectFeatures({ ...subject, [ENTITY_LABELS[entity]]: name }, { own, host, context }),
    );
    subjects.set(entity, list);
  }
  return host;
}

function toSubjectFeatures(
  subject: Labels,
  { own, host, context }: { own: Values; host: HostFeatures; context: Context },
): SubjectFeatures {
  const key = groupKey(subject);
  return {
    subject,
    host,
    value: (name) => (name.startsWith('host_') ? host.value(name) : own.get(name)?.value),
    detail: (name) =>
      name.startsWith('host_') ? host.detail(name) : (own.get(name)?.labels ?? {}),
    memoryHistory: context.histories.get(key),
    memoryTrend: context.trends.get(key),
    promql: (name) =>
      name.startsWith('host_') ? host.promql(name) : showPromql(context.answers, name, subject),
  };
}

function showPromql({ sources, unrecorded }: FeatureAnswers, name: FeatureName, labels: Labels) {
  const source = sources[name];
  if (source === undefined) return '';
  return promqlOf(source, unrecorded.has(name) ? 'expr' : 'record', labels);
}

function subjectOf(labels: Labels): Labels {
  const subject: Record<string, string> = {};
  for (const name of HOST_LABELS) {
    const value = labels[name];
    if (value !== undefined) subject[name] = value;
  }
  return subject;
}

function indexByGroup(series: readonly Series[]): Map<string, Series> {
  return new Map(series.map((one) => [groupKey(one.labels), one]));
}

/** Cheaper than labelsKey for what is asked once per sample of every feature. */
function hostKey({ job = '', instance = '' }: Labels): string {
  return `${job}\n${instance}`;
}

function groupKey(labels: Labels): string {
  return `${hostKey(labels)}\n${labels.group ?? ''}`;
}
