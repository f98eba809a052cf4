// Takes out of a staged tree what differs from one build to the next: times, and modes that follow the umask.
import { chmodSync, globSync, lstatSync, lutimesSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

const EXECUTABLE = 0o111;

/** @param sourceDate seconds since 1970. */
export function makeSame(folder: string, sourceDate: number): void {
  const paths = [
    folder,
    ...globSync(['**/*', '**/.*', '**/.*/**'], { cwd: folder }).map((path) => join(folder, path)),
  ];
  for (const path of paths) {
    const entry = lstatSync(path);
    if (entry.isSymbolicLink()) lutimesSync(path, sourceDate, sourceDate);
    else {
      chmodSync(path, entry.isDirectory() || entry.mode & EXECUTABLE ? 0o755 : 0o644);
      utimesSync(path, sourceDate, sourceDate);
    }
  }
}
