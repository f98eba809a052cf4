// Every case, in the order in which they run.
import type { ChaosCase } from './case.ts';
import { DISK_CASE, OWN_CASES } from './cases-own.ts';
import { PROMETHEUS_CASES } from './cases-prometheus.ts';

export const CASES: readonly ChaosCase[] = [...PROMETHEUS_CASES, ...OWN_CASES, DISK_CASE];
