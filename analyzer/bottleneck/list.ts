// Every kind of bottleneck that is judged. A new kind is one file, its test and one line here.
import { cpuSaturation } from './cpu-saturation.ts';
import { ioBound } from './io-bound.ts';
import { memoryLeak } from './memory-leak.ts';
import type { BottleneckRule } from './rule.ts';

export const RULES: readonly BottleneckRule[] = [cpuSaturation, ioBound, memoryLeak];
