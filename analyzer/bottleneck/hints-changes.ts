// What was changed shortly before, as far as Prometheus knows: configurations loaded, another program or image, a new deployment.
import { matchers } from '../features/feature.ts';
import type { Evidence } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import type { Point } from '../series/series.ts';
import { RECENT_SECONDS } from './context.ts';
import { digits, formatSpan } from './format.ts';
import type { HintSubject } from './hint.ts';

const MAX_RELOADS = 3;
/** What a process group is, besides its name. */
const IDENTITY = ['exe', 'unit', 'image', 'container_id', 'container_name', 'pod'] as const;
const SHOWN = ['exe', 'image', 'unit', 'pod'] as const;
const WINDOW = `${RECENT_SECONDS}s`;

/**
 * Every program that follows the convention tells when it last loaded its configuration. The port is not part of the
 * host: a proxy and our exporter share the one and differ in the other. A program that was started since then has loaded
 * its configuration, too, but has not changed it.
 */
export function reloadQuery(subject: HintSubject, now: number): string {
  const [host, since] = [anyPort(subject), Math.floor(now - RECENT_SECONDS)];
  return `label_replace({__name__=~".+_config_last_reload_success_timestamp_seconds",${host}} > ${since} unless on (job, instance) (process_start_time_seconds{${host}} > ${since}), "metric", "$1", "__name__", "(.+)_config_last_reload_success_timestamp_seconds")`;
}

/** The newest first. */
export function sayReloads(points: readonly Point[], promql: string, now: number): Evidence[] {
  return [...points]
    .sort((a, b) => b.value - a.value)
    .slice(0, MAX_RELOADS)
    .map(({ labels, value }) => ({
      text: `${labels.metric ?? labels.job ?? '?'} on ${labels.instance ?? '?'} loaded its configuration ${formatSpan(Math.max(1, now - value))} ago`,
      promql,
    }));
}

export function reloadFailureQuery(subject: HintSubject): string {
  return `label_replace({__name__=~".+_config_last_reload_success(ful)?",${anyPort(subject)}} == 0, "metric", "$1", "__name__", "(.+)_config_last_reload_success(?:ful)?")`;
}

export function sayReloadFailures(points: readonly Point[], promql: string): Evidence[] {
  return points.slice(0, MAX_RELOADS).map(({ labels }) => ({
    text: `${labels.metric ?? labels.job ?? '?'} on ${labels.instance ?? '?'} could not load its configuration and runs with the old one`,
    promql,
  }));
}

/** What the group was within the last quarter of an hour; asked beside what it is now. */
export function identityQueries({ own }: HintSubject): {
  readonly now: string;
  readonly recent: string;
} {
  return {
    now: `guard_process_info{${own}}`,
    recent: `last_over_time(guard_process_info{${own}}[${WINDOW}])`,
  };
}

/** `image changed from shop:1 to shop:2`, for each of what can change; nothing when it is as it was. */
export function sayIdentityChange(
  now: readonly Point[],
  recent: readonly Point[],
  subject: HintSubject,
): Evidence[] {
  const current = now[0]?.labels;
  if (current === undefined) return [];
  const before = recent.map(({ labels }) => labels).filter((labels) => !isSame(labels, current));
  const [old] = before;
  if (old === undefined || before.length > 1) return [];
  const changes = SHOWN.filter((label) => (old[label] ?? '') !== (current[label] ?? '')).map(
    (label) => `${label} from ${old[label] || 'none'} to ${current[label] || 'none'}`,
  );
  if (changes.length === 0) return [];
  const text = `${subject.name} changed its ${changes.join(' and its ')} within the last ${formatSpan(RECENT_SECONDS)}`;
  return [{ text, promql: identityQueries(subject).recent }];
}

/** Only where kube-state-metrics is scraped, and the group runs in a pod. */
export function deploymentQuery(namespace: string): string {
  const own = matchers({ namespace });
  return `changes(kube_deployment_status_observed_generation{${own}}[${WINDOW}]) > 0 or changes(kube_configmap_metadata_resource_version{${own}}[${WINDOW}]) > 0`;
}

export function sayDeployments(points: readonly Point[], promql: string): Evidence[] {
  return points.slice(0, MAX_RELOADS).map(({ labels, value }) => {
    const what =
      labels.deployment === undefined
        ? `configmap ${labels.configmap ?? '?'}`
        : `deployment ${labels.deployment}`;
    const times = value === 1 ? '' : ` ${digits(value)} times`;
    return {
      text: `${what} of namespace ${labels.namespace ?? '?'} was changed${times} within the last ${formatSpan(RECENT_SECONDS)}`,
      promql,
    };
  });
}

function anyPort({ labels }: HintSubject): string {
  const [host = ''] = (labels.instance ?? '').split(/:\d+$/);
  return `instance=~${JSON.stringify(`${escapeRegExp(host)}(:[0-9]+)?`)}`;
}

function isSame(a: Labels, b: Labels): boolean {
  return IDENTITY.every((label) => (a[label] ?? '') === (b[label] ?? ''));
}

function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
