// Look-alike of CPU saturation: all CPUs for five seconds of every minute.
import { availableParallelism } from 'node:os';
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

export const cronBurst: FaultCase = {
  name: 'cron-burst',
  about: 'A job takes every CPU for five seconds a minute; nobody is slow for long.',
  expected: undefined,
  missing: () => firstReason(),
  async start(stage) {
    stage.runOwn('burn', [availableParallelism(), 8, 60_000], { name: 'cron-job' });
  },
};
