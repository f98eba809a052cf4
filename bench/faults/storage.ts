// Files that really lie on a disk, for the cases that read them.
import { join } from 'node:path';
import type { Stage } from './stage.ts';

/** A file of so many MiB, written past the page cache so that its first reader has to go to the disk. @returns its path. */
export async function layOutFile(stage: Stage, megabytes: number): Promise<string> {
  const file = join(stage.folder, 'data');
  const size = ['bs=1M', `count=${megabytes}`, 'oflag=direct'];
  await stage.run({ command: 'dd', args: ['if=/dev/urandom', `of=${file}`, ...size] }).done();
  return file;
}
