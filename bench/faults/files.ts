// Reading what may not be there, and where a folder's storage is.
import { readFileSync, statfsSync, statSync } from 'node:fs';

const MEMORY_FILESYSTEMS = [0x01021994, 0x858458f6];

/** Empty when the file cannot be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** Why files below a folder do not reach a disk; undefined when they do. */
export function diskMissing(folder: string): string | undefined {
  return MEMORY_FILESYSTEMS.includes(statfsSync(folder).type)
    ? `${folder} is in memory: set TMPDIR to a folder on a disk`
    : undefined;
}

/** major:minor of the whole disk below a folder, as the block controllers of cgroups want it; undefined when there is none. */
export function diskOf(folder: string): string | undefined {
  const { dev } = statSync(folder);
  // The encoding of glibc's makedev(3).
  const major = Math.floor(dev / 256) & 0xfff;
  const minor = (dev & 0xff) | (Math.floor(dev / 0x100000) << 8);
  const about = `/sys/dev/block/${major}:${minor}`;
  const whole = readText(`${about}/partition`) === '' ? about : `${about}/..`;
  const name = readText(`${whole}/dev`).trim();
  return name === '' ? undefined : name;
}
