// Look-alike of a memory leak and of an I/O bottleneck: a download that the page cache takes and writes back.
import type { FaultCase } from '../case.ts';
import { firstReason, noDisk } from '../needs.ts';

export const download: FaultCase = {
  name: 'download',
  about: 'A file grows by 15 MiB/s through the page cache; the kernel writes it back at leisure.',
  expected: undefined,
  missing: () => firstReason(noDisk()),
  async start(stage) {
    stage.runOwn('stream', ['write', 'download', 15, 4096], { name: 'fetcher' });
  },
};
