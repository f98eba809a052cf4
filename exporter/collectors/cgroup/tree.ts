// Walks a tree of cgroups, nearest to the root first, within bounds.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

export const MAX_DEPTH = 16;
export const MAX_VISITED = 5_000;
/** So many folders are read between two turns of the event loop: at most a few milliseconds. */
const FOLDERS_PER_TURN = 32;
/** `.` and the link from the parent: a folder with no other link has no folders in it. */
const LINKS_OF_LEAF = 2;

export interface Walk {
  /** `/`, `/a`, `/b`, `/a/c`: by depth, then by name. */
  readonly paths: readonly string[];
  /** Cgroups that are known to exist and were not visited, those below them not counted. */
  readonly unvisited: number;
}

/** A cgroup that disappears during the walk is not in it. @param root of the tree. */
export async function walkCgroups(root: string, signal: AbortSignal): Promise<Walk> {
  const paths: string[] = [];
  let unvisited = 0;
  let level = ['/'];
  for (let depth = 0; level.length > 0; depth += 1) {
    const visited = depth > MAX_DEPTH ? [] : level.slice(0, MAX_VISITED - paths.length);
    unvisited += level.length - visited.length;
    paths.push(...visited);
    const next: string[] = [];
    for (const [index, path] of visited.entries()) {
      if (index % FOLDERS_PER_TURN === 0) {
        await setImmediate();
        signal.throwIfAborted();
      }
      next.push(...childrenOf(root, path));
    }
    level = next;
  }
  return { paths, unvisited };
}

/** Asking for the links first saves the list of the leaves, which is long with files and is most of the tree. */
function childrenOf(root: string, path: string): string[] {
  const folder = join(root, path);
  try {
    if (statSync(folder).nlink === LINKS_OF_LEAF) return [];
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => (path === '/' ? `/${name}` : `${path}/${name}`))
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENODEV' || code === 'EACCES') return [];
    throw error;
  }
}
