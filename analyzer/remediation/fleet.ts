// The fleet breaker: when much of a job is ill at once, its hosts are not the cause, and acting on each makes it worse.
import type { Finding } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import { hostOf } from './template.ts';

/** One series of `up`. */
export interface FleetMember {
  readonly job: string;
  readonly instance: string;
  readonly up: boolean;
}

export interface FleetQuestion {
  readonly members: readonly FleetMember[];
  readonly findings: readonly Pick<Finding, 'state' | 'severity' | 'subject'>[];
  /** Hosts on which something is being done. */
  readonly working: ReadonlySet<string>;
  readonly target: { readonly host: string; readonly labels: Labels };
  /** Largest share of a job's hosts that may be ill or worked on. */
  readonly maxShare: number;
}

/**
 * Why the action must not run; undefined when it may. The target itself does not count as ill: that it is, is why we come.
 * Without a job in the labels every job on the host is asked about.
 */
export function fleetTrouble(question: FleetQuestion): string | undefined {
  const { members, target } = question;
  const { job } = target.labels;
  const own = members.filter((one) => hostOf(one.instance) === target.host);
  const jobs = new Set(job === undefined ? own.map((one) => one.job) : [job]);
  const known = [...jobs].filter((name) => members.some((one) => one.job === name));
  if (known.length === 0)
    return `fleet breaker: up knows no ${job === undefined ? `host ${target.host}` : `job ${job}`}, so nobody can tell how its fleet is`;
  for (const name of known) {
    const trouble = jobTrouble(name, question);
    if (trouble !== undefined) return trouble;
  }
  return undefined;
}

function jobTrouble(job: string, question: FleetQuestion): string | undefined {
  const { members, findings, working, target, maxShare } = question;
  const ofJob = members.filter((one) => one.job === job);
  const hosts = new Set(ofJob.map((one) => hostOf(one.instance)));
  const ill = new Set(ofJob.filter((one) => !one.up).map((one) => hostOf(one.instance)));
  for (const { state, severity, subject } of findings)
    if (state === 'firing' && severity !== 'info' && subject.instance !== undefined)
      ill.add(hostOf(subject.instance));
  const busy = [...hosts].filter(
    (host) => host !== target.host && (ill.has(host) || working.has(host)),
  );
  if (busy.length <= maxShare * hosts.size) return undefined;
  return `fleet breaker: ${busy.length} other of ${hosts.size} hosts of job ${job} are ill or worked on, more than ${Math.round(maxShare * 100)} %`;
}
