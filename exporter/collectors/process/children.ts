// Which group a process belongs to for the sake of those above it: the nearest that matches a rule with `children`.

/** A tree of processes is not deeper than this; a loop, which a pid used again could make, ends here. */
const MAX_DEPTH = 64;
/** What was found of a process serves its other descendants of the same reading. */
const MEMORY_SECONDS = 1;
const MAX_REMEMBERED = 10_000;

export interface Ancestor {
  /** 0 for the first process of the host, and for the first kernel thread. */
  readonly parentPid: number;
  /** The group that it gives to those below; undefined when it matches no rule, or one without `children`. */
  readonly gives: string | undefined;
}

/** Undefined when the process is gone or may not be seen. */
export type ReadAncestor = (pid: number, now: number) => Ancestor | undefined;

/** @returns the group that a process gets from those above it, by the pid of its parent and monotonic seconds. */
export type Ancestry = (parentPid: number, now: number) => string | undefined;

/** O(depth) reads per process, and about one per process of the tree within a second. */
export function createAncestry(read: ReadAncestor): Ancestry {
  const remembered = new Map<number, { readonly ancestor: Ancestor | undefined; until: number }>();
  const look = (pid: number, now: number): Ancestor | undefined => {
    const known = remembered.get(pid);
    if (known !== undefined && now < known.until) return known.ancestor;
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    const ancestor = read(pid, now);
    remembered.set(pid, { ancestor, until: now + MEMORY_SECONDS });
    return ancestor;
  };
  return (parentPid, now) => {
    let pid = parentPid;
    for (let depth = 0; depth < MAX_DEPTH && pid > 0; depth += 1) {
      const ancestor = look(pid, now);
      if (ancestor === undefined) return undefined;
      if (ancestor.gives !== undefined) return ancestor.gives;
      pid = ancestor.parentPid;
    }
    return undefined;
  };
}

/** The parent's pid in the text of `/proc/PID/stat`; 0 when the text is no such file. */
export function parseParentPid(text: string): number {
  return Number(/^ \S (\d+) /.exec(text.slice(text.lastIndexOf(')') + 1))?.[1] ?? 0);
}
