// What is known of containers beside the control groups: names and images from a runtime, pods from Kubernetes. Asked in the
// background, answered without waiting.
import type { Container } from '../../sources/container-runtime.ts';
import type { Pod } from '../../sources/kubelet.ts';
import { NoDataError } from '../../sources/no-data.ts';
import type { CgroupMembership } from './cgroup.ts';

export const METADATA_SOURCES = ['container_runtime', 'kubernetes'] as const;
const FIRST_RETRY_SECONDS = 5;
const MAX_RETRY_SECONDS = 300;
/** A container that is not known is a reason to ask early, but only once and not more often than this. */
const MIN_REFRESH_SECONDS = 2;
const MAX_ASKED = 5_000;

export interface ContainerDescription {
  readonly names: readonly string[];
  readonly image: string | undefined;
  readonly pod: string | undefined;
  readonly namespace: string | undefined;
}

export interface MetadataProblem {
  readonly source: (typeof METADATA_SOURCES)[number];
  readonly reason: string;
}

export interface ProcessMetadata {
  /** What is known of the container or pod; undefined when nothing is. Asking for an unknown one makes it be looked up. */
  describe(membership: CgroupMembership): ContainerDescription | undefined;
  /** The names of a container; undefined while its runtime has not told them. */
  names(id: string): readonly string[] | undefined;
  /** Name of this node in Kubernetes. */
  node(): string | undefined;
  /** What could not be asked, of what was needed. */
  problems(): MetadataProblem[];
}

export interface MetadataOptions {
  /** @throws {NoDataError} */
  readonly listContainers: () => Promise<readonly Container[]>;
  /** Left out without Kubernetes. @throws {NoDataError} */
  readonly listPods?: (() => Promise<readonly Pod[]>) | undefined;
  readonly refreshSeconds: number;
  /** Monotonic seconds. */
  readonly clock: () => number;
}

/** Nothing is asked on a host without containers: the first container that is described makes the first request. */
export function createProcessMetadata(options: MetadataOptions): ProcessMetadata {
  const { listContainers, listPods = async () => [], refreshSeconds, clock } = options;
  const containers = createRefreshed({
    load: async () => new Map((await listContainers()).map((one) => [one.id, one])),
    empty: new Map<string, Container>(),
    ...{ refreshSeconds, clock },
  });
  const pods = createRefreshed({
    load: async () => indexPods(await listPods()),
    empty: indexPods([]),
    ...{ refreshSeconds, clock },
  });
  const describe = createDescribe(containers, pods);
  return {
    describe,
    names: (id) => describe({ containerId: id, podUid: undefined, ...NOWHERE })?.names,
    node: () => pods.peek().node,
    problems: () => [
      // Where the kubelet tells of every container, no runtime is needed.
      ...(containers.wanted() ? problem('container_runtime', containers.problem()) : []),
      ...problem('kubernetes', pods.problem()),
    ],
  };
}

type Describe = ProcessMetadata['describe'];

/** What Kubernetes says goes first: there a container has the name that people know. */
function createDescribe(
  containers: Refreshed<ReadonlyMap<string, Container>>,
  pods: Refreshed<PodIndex>,
): Describe {
  return ({ containerId, podUid }) => {
    const key = containerId ?? podUid;
    if (key === undefined) return undefined;
    const index = pods.get(key);
    const inPod = index.containers.get(key);
    const pod = inPod?.pod ?? index.byUid.get(podUid ?? key);
    if (pod !== undefined) pods.found(key);
    const container = containerId === undefined ? undefined : containers.get(key).get(key);
    if (container !== undefined || inPod !== undefined) containers.found(key);
    if (container === undefined && pod === undefined) return undefined;
    return {
      names: inPod === undefined ? (container?.names ?? []) : [inPod.name],
      image: inPod?.image || container?.image,
      ...{ pod: pod?.name, namespace: pod?.namespace },
    };
  };
}

const NOWHERE = { paths: [], unit: undefined, runtime: undefined };

function problem(source: MetadataProblem['source'], reason: string | undefined): MetadataProblem[] {
  return reason === undefined ? [] : [{ source, reason }];
}

interface PodIndex {
  readonly byUid: ReadonlyMap<string, Pod>;
  readonly containers: ReadonlyMap<
    string,
    { readonly pod: Pod; readonly name: string; readonly image: string }
  >;
  readonly node: string | undefined;
}

function indexPods(pods: readonly Pod[]): PodIndex {
  return {
    byUid: new Map(
      pods.flatMap((pod) => [
        [pod.uid, pod] as const,
        ...(pod.manifestHash === undefined ? [] : [[pod.manifestHash, pod] as const]),
      ]),
    ),
    containers: new Map(
      pods.flatMap((pod) =>
        pod.containers.flatMap(({ id, name, image }) =>
          id === undefined ? [] : [[id, { pod, name, image }] as const],
        ),
      ),
    ),
    node: pods.find(({ node }) => node !== undefined)?.node,
  };
}

interface Refreshed<T> {
  /** The last value; asks for a new one when it is time, or when `key` has never been asked for. */
  get(key: string): T;
  peek(): T;
  /** The key is known: whether this source knows it matters no more. */
  found(key: string): void;
  /** Whether a key is wanted that nobody knows. */
  wanted(): boolean;
  problem(): string | undefined;
}

interface RefreshedOptions<T> {
  readonly load: () => Promise<T>;
  readonly empty: T;
  readonly refreshSeconds: number;
  readonly clock: () => number;
}

/** A failure keeps the last value and doubles the time to the next attempt. */
function createRefreshed<T>({
  load,
  empty,
  refreshSeconds,
  clock,
}: RefreshedOptions<T>): Refreshed<T> {
  let value = empty;
  let reason: string | undefined;
  let failures = 0;
  let loading = false;
  let startedAt = Number.NEGATIVE_INFINITY;
  let dueAt = Number.NEGATIVE_INFINITY;
  let early = false;
  /** By key whether anybody knows it. */
  const asked = new Map<string, boolean>();
  const refresh = async (): Promise<void> => {
    loading = true;
    early = false;
    startedAt = clock();
    try {
      value = await load();
      reason = undefined;
      failures = 0;
      dueAt = clock() + refreshSeconds;
    } catch (error) {
      reason = error instanceof NoDataError ? error.reason : 'failed';
      failures += 1;
      dueAt = clock() + Math.max(retrySeconds(failures), askedToWait(error));
    } finally {
      loading = false;
    }
  };
  return {
    get(key) {
      const now = clock();
      if (!asked.has(key)) {
        if (asked.size >= MAX_ASKED) asked.clear();
        asked.set(key, false);
        early = true;
      }
      const mayAsk = early && failures === 0 && now - startedAt >= MIN_REFRESH_SECONDS;
      if (!loading && (now >= dueAt || mayAsk)) void refresh();
      return value;
    },
    peek: () => value,
    found: (key) => void asked.set(key, true),
    wanted: () => asked.values().some((known) => !known),
    problem: () => reason,
  };
}

function retrySeconds(failures: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** (failures - 1), MAX_RETRY_SECONDS);
}

function askedToWait(error: unknown): number {
  const seconds = (error as { retryAfterSeconds?: number }).retryAfterSeconds ?? 0;
  return Math.min(seconds, MAX_RETRY_SECONDS);
}
