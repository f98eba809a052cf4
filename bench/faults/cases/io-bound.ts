// Fault: small random reads past the page cache, more of them at a time than the disk serves at once.
import type { FaultCase } from '../case.ts';
import { firstReason, noDisk, programMissing } from '../needs.ts';
import { layOutFile } from '../storage.ts';

const FILE_MEGABYTES = 1024;

export const ioBound: FaultCase = {
  name: 'io-bound',
  about: 'fio reads 4 KiB at random places of a large file, eight at a time, past the page cache.',
  expected: { kind: 'io_bound', blames: [{ group: 'fio' }] },
  missing: () => firstReason(programMissing('fio', 'fio'), noDisk()),
  async prepare(stage) {
    await layOutFile(stage, FILE_MEGABYTES);
  },
  async start(stage) {
    const load = ['--rw=randread', '--bs=4k', '--direct=1', '--ioengine=psync', '--numjobs=8'];
    const bound = ['--thread', '--time_based', `--runtime=${stage.boundSeconds}`];
    const file = ['--name=random', '--filename=data', `--size=${FILE_MEGABYTES}m`];
    stage.run({ command: 'fio', args: [...file, ...load, ...bound] });
  },
};
