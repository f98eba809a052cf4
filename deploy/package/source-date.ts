// The time that everything in an artifact bears: https://reproducible-builds.org/specs/source-date-epoch/
import { spawnSync } from 'node:child_process';

/** For a source tree without git and without the variable: 2026-01-01. */
const FALLBACK = 1_767_225_600;

/** Seconds since 1970: $SOURCE_DATE_EPOCH, else the time of the last commit, else a fixed day. */
export function sourceDate(root: string, environment: NodeJS.ProcessEnv): number {
  const given = environment.SOURCE_DATE_EPOCH;
  if (given !== undefined) {
    if (/^\d{1,10}$/.test(given)) return Number(given);
    throw new Error(`SOURCE_DATE_EPOCH is "${given}": expected seconds since 1970`);
  }
  const git = spawnSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' });
  return git.status === 0 && /^\d+\n$/.test(git.stdout) ? Number(git.stdout) : FALLBACK;
}
