// Joins the answers to the feature queries into one record per host and per process group.
import { type Labels, labelsKey } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import { type FeatureName, type FeatureSources, promqlOf } from './feature.ts';

/** What is known of one host at one moment. */
export interface HostFeatures {
  readonly subject: Labels;
  value(name: FeatureName): number | undefined;
  /** Labels of the value beyond the subject's, such as the device of the busiest disk. */
  detail(name: FeatureName): Labels;
  readonly groups: readonly GroupFeatures[];
}

/** What is known of one process group at one moment. */
export interface GroupFeatures {
  readonly subject: Labels;
  readonly host: HostFeatures;
  value(name: FeatureName): number | undefined;
  /** Anonymous memory of the last hour, oldest first, when it was read. */
  readonly memoryHistory: Series | undefined;
  /** The PromQL that shows this subject's (or for `host_…` its host's) value of a feature. */
  promql(name: FeatureName): string;
}

export interface FeatureAnswers {
  readonly points: ReadonlyMap<FeatureName, readonly Point[]>;
  readonly memoryHistory: readonly Series[];
  readonly sources: FeatureSources;
  /** Features that came from the raw expression since the recording rule answered nothing. */
  readonly unrecorded: ReadonlySet<FeatureName>;
}

type Values = Map<FeatureName, { value: number; labels: Labels }>;

/** One entry per host that has any feature, ordered by instance. NaN values are treated as not there. */
export function buildFeatureTable(answers: FeatureAnswers): HostFeatures[] {
  const hosts = new Map<string, { subject: Labels; values: Values; groups: Map<string, Values> }>();
  for (const [name, points] of answers.points) {
    for (const { labels, value } of points) {
      if (Number.isNaN(value)) continue;
      const host = hostOf(hosts, labels);
      const values = name.startsWith('group_') ? groupOf(host.groups, labels) : host.values;
      values?.set(name, { value, labels });
    }
  }
  const histories = new Map(
    answers.memoryHistory.map((series) => [subjectKey(series.labels, series.labels.group), series]),
  );
  return [...hosts.values()]
    .sort((a, b) => ((a.subject.instance ?? '') < (b.subject.instance ?? '') ? -1 : 1))
    .map((host) => toHostFeatures(host, answers, histories));
}

type HostEntry = { subject: Labels; values: Values; groups: Map<string, Values> };

function hostOf(hosts: Map<string, HostEntry>, labels: Labels): HostEntry {
  const key = subjectKey(labels);
  let host = hosts.get(key);
  if (host === undefined) {
    host = { subject: subjectOf(labels), values: new Map(), groups: new Map() };
    hosts.set(key, host);
  }
  return host;
}

function groupOf(groups: Map<string, Values>, labels: Labels): Values | undefined {
  const name = labels.group;
  if (name === undefined) return undefined;
  let values = groups.get(name);
  if (values === undefined) {
    values = new Map();
    groups.set(name, values);
  }
  return values;
}

function toHostFeatures(
  { subject, values, groups }: HostEntry,
  answers: FeatureAnswers,
  histories: ReadonlyMap<string, Series>,
): HostFeatures {
  const groupFeatures: GroupFeatures[] = [];
  const host: HostFeatures = {
    subject,
    value: (name) => values.get(name)?.value,
    detail: (name) => values.get(name)?.labels ?? {},
    groups: groupFeatures,
  };
  for (const [group, own] of groups) {
    const groupSubject = { ...subject, group };
    groupFeatures.push({
      subject: groupSubject,
      host,
      value: (name) => own.get(name)?.value,
      memoryHistory: histories.get(subjectKey(subject, group)),
      promql: (name) => {
        const source = answers.sources[name];
        if (source === undefined) return '';
        const labels = name.startsWith('group_') ? groupSubject : subject;
        return promqlOf(source, answers.unrecorded.has(name) ? 'expr' : 'record', labels);
      },
    });
  }
  return host;
}

/** The labels that name a host: where the sample was scraped. */
function subjectOf(labels: Labels): Labels {
  const subject: Record<string, string> = {};
  for (const name of ['job', 'instance']) {
    const value = labels[name];
    if (value !== undefined) subject[name] = value;
  }
  return subject;
}

function subjectKey(labels: Labels, group?: string): string {
  return labelsKey({ ...subjectOf(labels), ...(group === undefined ? {} : { group }) });
}
