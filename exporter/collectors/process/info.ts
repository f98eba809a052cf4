// The process collector with what it does not read itself: units, containers and pods of its groups, tags of this exporter, and
// the names of process-exporter when they are wanted.
import { setImmediate } from 'node:timers/promises';
import { gauge, type Labels, type MetricFamily, type Sample } from '../../promformat/family.ts';
import { formatLineStart } from '../../promformat/render.ts';
import type { Collector } from '../collector.ts';
import type { CgroupMembership } from './cgroup.ts';
import { compatibleFamilies } from './compat.ts';
import type { ProcessDirectory } from './directory.ts';
import type { ProcessMetadata } from './metadata.ts';

const INFO = 'guard_process_info';
/** Processes are hardly ever moved to another control group. */
const MAX_AGE_SECONDS = 600;
/** Other work gets its turn after so many reads. */
const READS_PER_TURN = 64;
/** Members of a group that differ are told side by side up to this number; more are left out. */
const MAX_JOINED = 3;

export interface ProcessInfoOptions {
  readonly collector: Collector & Partial<ProcessDirectory>;
  /** Undefined for a process that is gone. */
  readonly readMembership: (pid: number) => CgroupMembership | undefined;
  readonly metadata: ProcessMetadata;
  readonly tags: Labels;
  /** Whether the metrics of process-exporter are told as well. */
  readonly compatible: boolean;
  /** Monotonic seconds. */
  readonly clock: () => number;
}

/** The same collector, with more families and with more labels on `guard_process_info`. */
export function withProcessInfo(options: ProcessInfoOptions): Collector {
  const { collector, metadata, compatible } = options;
  const memberships = createMembershipCache(options);
  const describe = createDescriber(metadata);
  const keep = createSampleKeeper();
  const tags = tagsFamily(options.tags);
  return {
    ...collector,
    async collect(signal) {
      const families = await collector.collect(signal);
      const groups = (await collector.groupsByPid?.()) ?? NOBODY;
      const byGroup = await memberships(groups, signal);
      const info = infoFamily(families, (group, exe) =>
        keep({ group, exe, own: describe(byGroup.get(group)) }),
      );
      return [
        ...families.filter(({ name }) => name !== info.name),
        info,
        ...metadataFamilies(metadata),
        ...(compatible ? compatibleFamilies(families) : []),
        tags,
      ].filter(({ samples }) => samples.length > 0);
    },
  };
}

const NOBODY: ReadonlyMap<number, string> = new Map();

type ByGroup = ReadonlyMap<string, ReadonlySet<CgroupMembership>>;
type Memberships = (groups: ReadonlyMap<number, string>, signal: AbortSignal) => Promise<ByGroup>;

interface Known {
  readonly group: string;
  readonly membership: CgroupMembership | undefined;
  readonly until: number;
}

/** The distinct memberships of each group. Equal ones are the same object, so that sets stay small. */
function createMembershipCache({ readMembership, clock }: ProcessInfoOptions): Memberships {
  const known = new Map<number, Known>();
  let last: { groups: ReadonlyMap<number, string>; byGroup: ByGroup; until: number } | undefined;
  return async (groups, signal) => {
    const now = clock();
    if (last?.groups === groups && now < last.until) return last.byGroup;
    const due = dueOf(groups, known, now);
    for (let index = 0; index < due.length; index += 1) {
      const pid = due[index]!;
      const group = groups.get(pid)!;
      const until = now + MAX_AGE_SECONDS * spread(pid);
      known.set(pid, { group, membership: readMembership(pid), until });
      if (index % READS_PER_TURN === READS_PER_TURN - 1) await setImmediate();
      signal.throwIfAborted();
    }
    const { byGroup, until } = sortByGroup(groups, known);
    last = { groups, byGroup, until };
    return byGroup;
  };
}

/** Those whose membership is to be read; a pid that is used again is mostly another group's. */
function dueOf(
  groups: ReadonlyMap<number, string>,
  known: ReadonlyMap<number, Known>,
  now: number,
): number[] {
  const due: number[] = [];
  groups.forEach((group, pid) => {
    const process = known.get(pid);
    if (process?.group !== group || now >= process.until) due.push(pid);
  });
  return due;
}

/** Forgets those that are in no group any more. */
function sortByGroup(groups: ReadonlyMap<number, string>, known: Map<number, Known>) {
  const byGroup = new Map<string, Set<CgroupMembership>>();
  let until = Number.POSITIVE_INFINITY;
  known.forEach((process, pid) => {
    if (groups.get(pid) !== process.group) {
      known.delete(pid);
      return;
    }
    until = Math.min(until, process.until);
    if (process.membership === undefined) return;
    const members = byGroup.get(process.group);
    if (members === undefined) byGroup.set(process.group, new Set([process.membership]));
    else members.add(process.membership);
  });
  return { byGroup, until };
}

/** 0.5 to 1 by pid, so that processes seen together do not fall due together. */
function spread(pid: number): number {
  return 0.5 + (pid % 64) / 128;
}

/** Every group that is told of has a sample when anything is known of it. */
function infoFamily(
  families: readonly MetricFamily[],
  sampleOf: (group: string, exe: string | undefined) => Sample | undefined,
): MetricFamily {
  const samplesOf = (name: string) =>
    families.find((family) => family.name === name)?.samples ?? [];
  const exes = new Map(samplesOf(INFO).map(({ labels }) => [labels.group, labels.exe]));
  const samples = samplesOf('guard_process_processes').flatMap(({ labels: { group = '' } }) => {
    return sampleOf(group, exes.get(group)) ?? [];
  });
  return gauge(
    INFO,
    'Program of the oldest process of the group, and systemd unit, container and pod where its processes agree; the value is always 1.',
    samples,
  );
}

/** What is known of a group without containers does not change as long as its memberships are the same set. */
function createDescriber(metadata: ProcessMetadata) {
  const plain = new WeakMap<ReadonlySet<CgroupMembership>, Labels>();
  return (memberships: ReadonlySet<CgroupMembership> = NOWHERE): Labels => {
    const known = plain.get(memberships);
    if (known !== undefined) return known;
    const labels = describeGroup([...memberships], metadata);
    const contained = [...memberships].some(
      ({ containerId, podUid }) => containerId !== undefined || podUid !== undefined,
    );
    if (!contained) plain.set(memberships, labels);
    return labels;
  };
}

const NOWHERE: ReadonlySet<CgroupMembership> = new Set();

function describeGroup(all: readonly CgroupMembership[], metadata: ProcessMetadata): Labels {
  const described = all.map((membership) => metadata.describe(membership));
  const ids = new Set(all.map(({ containerId }) => containerId));
  const labels = {
    unit: join(all.map(({ unit }) => unit)),
    container_id: ids.size === 1 ? all[0]?.containerId : undefined,
    container_name: join(described.map((one) => one?.names[0])),
    image: join(described.map((one) => one?.image)),
    pod: join(described.map((one) => one?.pod)),
    namespace: join(described.map((one) => one?.namespace)),
  };
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** In an order that does not depend on who was seen first; those who have none do not count. */
function join(values: readonly (string | undefined)[]): string | undefined {
  const distinct = [
    ...new Set(values.filter((value) => value !== undefined && value !== '')),
  ].sort();
  return distinct.length === 0 || distinct.length > MAX_JOINED ? undefined : distinct.join(',');
}

interface Described {
  readonly group: string;
  readonly exe: string | undefined;
  readonly own: Labels;
}

/** A group of which the same is known keeps its sample, and with it the text of its labels. */
function createSampleKeeper(): (described: Described) => Sample | undefined {
  const kept = new Map<string, Described & { readonly sample: Sample | undefined }>();
  return (described) => {
    const { group, exe, own } = described;
    const known = kept.get(group);
    if (known !== undefined && known.exe === exe && isSame(known.own, own)) return known.sample;
    const labels = { group, ...(exe === undefined ? {} : { exe }), ...own };
    const told = Object.keys(labels).length > 1;
    const lineStart = formatLineStart(INFO, labels);
    const sample = told ? { labels, lineStart, value: 1 } : undefined;
    if (kept.size >= MAX_KEPT_GROUPS) kept.clear();
    kept.set(group, { ...described, sample });
    return sample;
  };
}

/** Mostly the very same object. */
function isSame(one: Labels, other: Labels): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

const MAX_KEPT_GROUPS = 10_000;

function metadataFamilies(metadata: ProcessMetadata): MetricFamily[] {
  const node = metadata.node();
  return [
    gauge(
      'guard_process_metadata_unavailable',
      'Sources of the names of containers and pods that could not be asked, with the reason; the value is always 1.',
      metadata.problems().map(({ source, reason }) => ({ labels: { source, reason }, value: 1 })),
    ),
    gauge(
      'guard_kubernetes_node_info',
      'Name of this node in Kubernetes; the value is always 1.',
      node === undefined ? [] : [{ labels: { node }, value: 1 }],
    ),
  ];
}

function tagsFamily(tags: Labels): MetricFamily {
  return gauge(
    'guard_exporter_tags_info',
    'Tags from the configuration of this exporter, to be joined by instance; the value is always 1.',
    Object.keys(tags).length === 0 ? [] : [{ labels: tags, value: 1 }],
  );
}
