// Every fault and every look-alike. A new one is one file and one line here.
import type { FaultCase } from './case.ts';
import { busyService } from './cases/busy-service.ts';
import { cacheReader } from './cases/cache-reader.ts';
import { cpuSaturation } from './cases/cpu-saturation.ts';
import { cpuSaturationProcesses } from './cases/cpu-saturation-processes.ts';
import { cpuSteal } from './cases/cpu-steal.ts';
import { cpuThrottling } from './cases/cpu-throttling.ts';
import { cpuThrottlingAnonymous } from './cases/cpu-throttling-anonymous.ts';
import { cronBurst } from './cases/cron-burst.ts';
import { databaseContention } from './cases/database-contention.ts';
import { dependencySlow } from './cases/dependency-slow.ts';
import { download } from './cases/download.ts';
import { fdExhaustion } from './cases/fd-exhaustion.ts';
import { healthyPipeline } from './cases/healthy-pipeline.ts';
import { idleThreads } from './cases/idle-threads.ts';
import { ioBound } from './cases/io-bound.ts';
import { ioBoundThrottled } from './cases/io-bound-throttled.ts';
import { lockContention } from './cases/lock-contention.ts';
import { lockContentionIdle } from './cases/lock-contention-idle.ts';
import { memoryLeak } from './cases/memory-leak.ts';
import { memoryLeakRuntime } from './cases/memory-leak-runtime.ts';
import { memoryPressure } from './cases/memory-pressure.ts';
import { memorySawTooth } from './cases/memory-saw-tooth.ts';
import { memoryWarmUp } from './cases/memory-warm-up.ts';
import { networkPathDelay } from './cases/network-path-delay.ts';
import { networkPathLoss } from './cases/network-path-loss.ts';
import { networkSaturation } from './cases/network-saturation.ts';
import { niceBatch } from './cases/nice-batch.ts';
import { threadPoolExhausted } from './cases/thread-pool-exhausted.ts';
import { threadStarvation } from './cases/thread-starvation.ts';

export const CASES: readonly FaultCase[] = [
  cpuSaturation,
  cpuSaturationProcesses,
  cpuThrottling,
  cpuThrottlingAnonymous,
  cpuSteal,
  memoryLeak,
  memoryLeakRuntime,
  memoryPressure,
  ioBound,
  ioBoundThrottled,
  networkSaturation,
  networkPathDelay,
  networkPathLoss,
  lockContention,
  lockContentionIdle,
  threadStarvation,
  threadPoolExhausted,
  fdExhaustion,
  databaseContention,
  dependencySlow,
  idleThreads,
  healthyPipeline,
  cronBurst,
  memoryWarmUp,
  memorySawTooth,
  cacheReader,
  download,
  niceBatch,
  busyService,
];
