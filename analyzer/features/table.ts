// Joins the answers to the feature queries into one record per host and per subject below it: process group, ping target, ….
import type { Labels } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import {
  ENTITY_LABELS,
  type Entity,
  entityOf,
  FEATURE_NAMES,
  type FeatureName,
  type FeatureSources,
  fillSelectors,
  HOST_LABELS,
  type Selectors,
  selectorsOf,
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
/** By job, then by instance. */
type HostIndex = Map<string, Map<string, HostEntry>>;

/** One entry per host that has any feature, ordered by instance. NaN values are treated as not there. */
export function buildFeatureTable(answers: FeatureAnswers): HostFeatures[] {
  const hosts: HostIndex = new Map();
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
    shown: { sources: answers.sources, unrecorded: answers.unrecorded },
    histories: indexByGroup(answers.memoryHistory),
    trends: indexByGroup(answers.memoryTrend ?? []),
  };
  return [...hosts.values()]
    .flatMap((ofJob) => [...ofJob.values()])
    .sort((a, b) => ((a.subject.instance ?? '') < (b.subject.instance ?? '') ? -1 : 1))
    .map((host) => toHostFeatures(host, context));
}

/** The host's own features without what is below it: small enough to keep for a whole fleet. */
export function headOf(host: HostFeatures): HostFeatures {
  const { subject } = host;
  const values = new Map<FeatureName, number>();
  for (const name of FEATURE_NAMES) {
    const value = entityOf(name) === 'host' ? host.value(name) : undefined;
    if (value !== undefined) values.set(name, value);
  }
  return headFeatures(subject, values);
}

/** In a scope of its own, so that nothing of the whole host is kept alive. */
function headFeatures(subject: Labels, values: ReadonlyMap<FeatureName, number>): HostFeatures {
  const head: HostFeatures = {
    subject,
    get host() {
      return head;
    },
    once: (_key, workOut) => workOut(),
    value: (name) => values.get(name),
    detail: () => ({}),
    promql: () => '',
    memoryHistory: undefined,
    memoryTrend: undefined,
    groups: [],
    subjects: (entity) => (entity === 'host' ? [head] : []),
  };
  return head;
}

/** Asked for every sample of every feature: in two steps, since a text made of both labels would cost most of the time. */
function hostOf(hosts: HostIndex, labels: Labels): HostEntry {
  const { job = '', instance = '' } = labels;
  let ofJob = hosts.get(job);
  if (ofJob === undefined) {
    ofJob = new Map();
    hosts.set(job, ofJob);
  }
  let host = ofJob.get(instance);
  if (host === undefined) {
    host = { subject: subjectOf(labels), values: new Map(), below: new Map() };
    ofJob.set(instance, host);
  }
  return host;
}

function valuesBelow({ below }: HostEntry, entity: Entity, labels: Labels): Values | undefined {
  const name = labels[ENTITY_LABELS[entity]];
  if (name === undefined) return undefined;
  let subjects = below.get(entity);
  if (subjects === undefined) {
    subjects = new Map();
    below.set(entity, subjects);
  }
  let values = subjects.get(name);
  if (values === undefined) {
    values = new Map();
    subjects.set(name, values);
  }
  return values;
}

interface Context {
  readonly shown: Shown;
  readonly histories: ReadonlyMap<string, Series>;
  readonly trends: ReadonlyMap<string, Series>;
}

function toHostFeatures({ subject, values, below }: HostEntry, context: Context): HostFeatures {
  const { shown } = context;
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
    promql: createShow(shown, subject),
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
  const show = createShow(context.shown, subject);
  return {
    subject,
    host,
    value: (name) => (name.startsWith('host_') ? host.value(name) : own.get(name)?.value),
    detail: (name) =>
      name.startsWith('host_') ? host.detail(name) : (own.get(name)?.labels ?? {}),
    memoryHistory: context.histories.get(key),
    memoryTrend: context.trends.get(key),
    promql: (name) => (name.startsWith('host_') ? host.promql(name) : show(name)),
  };
}

type Shown = Pick<FeatureAnswers, 'sources' | 'unrecorded'>;

/** Most subjects are never shown: the selectors are worked out when the first feature of one is. */
function createShow({ sources, unrecorded }: Shown, subject: Labels) {
  let selectors: Selectors | undefined;
  return (name: FeatureName): string => {
    const source = sources[name];
    if (source === undefined) return '';
    selectors ??= selectorsOf(subject);
    return fillSelectors(source, unrecorded.has(name) ? 'expr' : 'record', selectors);
  };
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

function groupKey({ job = '', instance = '', group = '' }: Labels): string {
  return `${job}\n${instance}\n${group}`;
}
