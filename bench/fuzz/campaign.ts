// Very many cases of one reader in a thread of its own: crashes, wrong answers, and inputs that take too long for their size.
import { makeCase } from './made-case.ts';
import { type FuzzTarget, tryCase } from './target.ts';

/** CPU time of one case; the largest inputs have 16 KiB. */
export const SLOW_MS = 50;
/** Wall time from which on a case is run again, to tell slow code from a busy machine. */
const SUSPICIOUS_MS = 20;
const REPEATS = 3;
const MAX_FINDINGS = 10;
const KIND_CHARS = 20;
const PROGRESS_EVERY = 256;

export interface Finding {
  /** Number of the case, to run it again alone. */
  readonly key: number;
  readonly problem: string;
  readonly input: string;
}

export interface Campaign {
  readonly cases: number;
  readonly findings: readonly Finding[];
  /** All of them, also those that are not kept. */
  readonly failures: number;
  readonly seconds: number;
  readonly slowest: { readonly key: number; readonly cpuMs: number; readonly chars: number };
}

export interface CampaignRange {
  readonly from: number;
  readonly cases: number;
  /** Told the number of the next case, now and then. */
  readonly onProgress?: (key: number) => void;
}

export function runCampaign(target: FuzzTarget, range: CampaignRange): Campaign {
  const { from, cases, onProgress } = range;
  const findings: Finding[] = [];
  let failures = 0;
  let slowest = { key: from, cpuMs: 0, chars: 0 };
  const begun = performance.now();
  for (let key = from; key < from + cases; key += 1) {
    if (key % PROGRESS_EVERY === 0) onProgress?.(key);
    const input = makeCase(target, key);
    const started = performance.now();
    let problem = tryCase(target, input);
    const wallMs = performance.now() - started;
    if (wallMs > Math.max(slowest.cpuMs, 1)) {
      const cpuMs = wallMs > SUSPICIOUS_MS ? leastCpuMs(target, input) : wallMs;
      if (cpuMs > slowest.cpuMs) slowest = { key, cpuMs, chars: input.length };
      if (cpuMs > SLOW_MS) problem ??= `took ${cpuMs.toFixed(0)} ms of CPU`;
    }
    if (problem === undefined) continue;
    failures += 1;
    const isKnown = findings.some((one) => kindOf(one.problem) === kindOf(problem));
    if (!isKnown && findings.length < MAX_FINDINGS) findings.push({ key, problem, input });
  }
  return { cases, findings, failures, seconds: (performance.now() - begun) / 1000, slowest };
}

/** What the same mistake says of different inputs begins alike. */
function kindOf(problem: string): string {
  return problem.slice(0, KIND_CHARS).replaceAll(/\d+/g, '0');
}

/** The best of a few: what else the process did meanwhile is in the others. */
function leastCpuMs(target: FuzzTarget, input: string): number {
  let least = Number.POSITIVE_INFINITY;
  for (let index = 0; index < REPEATS; index += 1) {
    const before = process.threadCpuUsage();
    tryCase(target, input);
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
