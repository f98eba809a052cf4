// Look-alike of memory trouble and of an I/O bottleneck: a backup that reads steadily and fills the page cache.
import type { FaultCase } from '../case.ts';
import { firstReason, noDisk } from '../needs.ts';
import { layOutFile } from '../storage.ts';

const FILE_MEGABYTES = 2048;

export const cacheReader: FaultCase = {
  name: 'cache-reader',
  about: 'A reader goes through 2 GiB at 20 MiB/s: the page cache fills, which is what it is for.',
  expected: undefined,
  missing: () => firstReason(noDisk()),
  async prepare(stage) {
    await layOutFile(stage, FILE_MEGABYTES);
  },
  async start(stage) {
    stage.runOwn('stream', ['read', 'data', 20, FILE_MEGABYTES], { name: 'backup' });
  },
};
