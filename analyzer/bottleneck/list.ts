// Every kind of bottleneck that is judged. A new kind is one file, its test and one line here.
import { cpuSaturation } from './cpu-saturation.ts';
import { cpuSaturationOfHost } from './cpu-saturation-host.ts';
import { cpuSteal } from './cpu-steal.ts';
import { cpuThrottling } from './cpu-throttling.ts';
import { databaseContention } from './database-contention.ts';
import { dependencySlow } from './dependency-slow.ts';
import { fdExhaustion } from './fd-exhaustion.ts';
import { ioBound } from './io-bound.ts';
import { lockContention } from './lock-contention.ts';
import { memoryLeak } from './memory-leak.ts';
import { memoryPressure } from './memory-pressure.ts';
import { networkPathOfGroup, networkPathOfTarget } from './network-path.ts';
import { networkSaturation } from './network-saturation.ts';
import type { BottleneckRule } from './rule.ts';
import { threadStarvation } from './thread-starvation.ts';

export const RULES: readonly BottleneckRule[] = [
  cpuSaturation,
  cpuSaturationOfHost,
  cpuThrottling,
  cpuSteal,
  memoryLeak,
  memoryPressure,
  ioBound,
  networkSaturation,
  networkPathOfTarget,
  networkPathOfGroup,
  lockContention,
  threadStarvation,
  fdExhaustion,
  databaseContention,
  dependencySlow,
];
