// The text of /proc/PID/cgroup as what it tells: systemd unit, container, runtime, pod. Control groups v1, v2 and both.
// Sources: https://man7.org/linux/man-pages/man7/cgroups.7.html, https://systemd.io/CGROUP_DELEGATION/

export type ContainerRuntime = 'docker' | 'containerd' | 'cri-o' | 'podman';

export interface CgroupMembership {
  /** One path per line of the file. */
  readonly paths: readonly string[];
  /** The unit of the system manager, such as `nginx.service`; of a container there is none. */
  readonly unit: string | undefined;
  /** 64 hexadecimal digits. */
  readonly containerId: string | undefined;
  /** Undefined also where the path does not tell, as with Kubernetes' cgroupfs driver. */
  readonly runtime: ContainerRuntime | undefined;
  /** With dashes; of a static pod the 32 digits of its manifest. */
  readonly podUid: string | undefined;
}

export const NO_MEMBERSHIP: CgroupMembership = {
  paths: [],
  unit: undefined,
  containerId: undefined,
  runtime: undefined,
  podUid: undefined,
};

/** Version 1 has about a dozen hierarchies; more lines than this are not looked at. */
const MAX_LINES = 64;
const MAX_PATH_LENGTH = 1024;
const UNIT = /^[^/]+\.(?:service|scope|socket|mount|swap)$/;
const ID = /[0-9a-f]{64}/;
/** The monitor of a container runs outside of it. */
const MONITOR = /^(?:crio|libpod)-conmon-/;
/** `docker-ID.scope`, `cri-containerd-ID.scope`, `crio-ID`, `libpod-payload-ID`, or the bare id. */
const CONTAINER = /^(?:([a-z-]+)-)?([0-9a-f]{64})(?:\.scope)?$/;
const POD = /pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?$/;
/** Not an object: whoever may make a control group may call it `constructor`. */
const RUNTIMES: ReadonlyMap<string, ContainerRuntime> = new Map<string, ContainerRuntime>(
  Object.entries({
    docker: 'docker',
    ecs: 'docker',
    'cri-containerd': 'containerd',
    nerdctl: 'containerd',
    crio: 'cri-o',
    libpod: 'podman',
    'libpod-payload': 'podman',
    libpod_parent: 'podman',
  }),
);

/** Never throws: text that is no such file belongs nowhere. */
export function parseCgroup(text: string): CgroupMembership {
  const lines = listLines(text);
  const paths = [...new Set(lines.toSorted((a, b) => a.rank - b.rank).map(({ path }) => path))];
  const containers = paths.map(findContainer);
  const container = containers.find((found) => found !== undefined);
  return {
    paths: lines.map(({ path }) => path),
    unit: container === undefined ? firstOf(paths, findUnit) : firstOf(paths, findOuterUnit),
    containerId: container?.id,
    runtime: firstOf(containers, (found) => found?.runtime),
    podUid: firstOf(paths, findPod),
  };
}

/** The most telling have the lowest rank: version 2, then systemd's own hierarchy, then the controllers of version 1. */
function listLines(text: string): { rank: number; path: string }[] {
  return text
    .split('\n', MAX_LINES)
    .map((line) => /^\d+:([^:]*):(\/.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, controllers, path]) => ({
      rank: controllers === '' ? 0 : controllers === 'name=systemd' ? 1 : 2,
      path: path!.replace(/ \(deleted\)$/, '').slice(0, MAX_PATH_LENGTH),
    }));
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A cgroup whose name the kernel could take for its own has an underscore before it. */
function partsOf(path: string): string[] {
  return path.split('/').map((part) => part.replace(/^_/, ''));
}

/** The outermost unit: what lies below it belongs to it. Names made of a container's id say nothing that lasts. */
function findUnit(path: string): string | undefined {
  return partsOf(path).find((part) => UNIT.test(part) && !ID.test(part));
}

/** Podman may put a container below the service that asked for it; everything else below a unit is a runtime's own. */
function findOuterUnit(path: string): string | undefined {
  return /\/libpod-payload-[0-9a-f]{64}/.test(path) ? findUnit(path) : undefined;
}

interface FoundContainer {
  readonly id: string;
  readonly runtime: ContainerRuntime | undefined;
}

/** The innermost container; runc without systemd writes `slice:prefix:id` as one name. */
function findContainer(path: string): FoundContainer | undefined {
  const parts = partsOf(path).flatMap((part) => part.split(':'));
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const part = parts[index]!;
    if (MONITOR.test(part)) return undefined;
    const match = CONTAINER.exec(part);
    if (match === null) continue;
    const [, prefix, id] = match;
    if (prefix !== undefined && !RUNTIMES.has(prefix)) continue;
    return { id: id!, runtime: runtimeOf(prefix, parts.slice(0, index)) };
  }
  return undefined;
}

function runtimeOf(
  prefix: string | undefined,
  above: readonly string[],
): ContainerRuntime | undefined {
  if (prefix !== undefined) return RUNTIMES.get(prefix);
  return firstOf([...above].reverse(), (part) => RUNTIMES.get(part));
}

function findPod(path: string): string | undefined {
  const uid = firstOf(
    partsOf(path).flatMap((part) => part.split(':')),
    (part) => POD.exec(part)?.[1],
  );
  return path.includes('kubepods') ? uid?.replaceAll('_', '-') : undefined;
}
