// How often an action helped, with what few verdicts cannot say: the Beta posterior of its success rate.
// Source: Gelman et al., "Bayesian Data Analysis", 3rd ed., 2.1–2.4; prior Beta(1, 1), every rate equally likely.
import type { OutcomeCount } from '../store/action-log.ts';

const BOUND_PROBABILITY = 0.05;
const BISECTIONS = 40;
/** More verdicts are scaled down to these: the bound stays on the careful side, and the sum short. */
const MAX_COUNTED = 2_000;

export interface SuccessRate {
  readonly improved: number;
  readonly noEffect: number;
  readonly worse: number;
  /** Verdicts without a value: they count for nothing. */
  readonly unknown: number;
  /** Expected success rate. */
  readonly mean: number;
  /** The rate is higher than this with a probability of 95 %. */
  readonly lower: number;
}

export interface SuccessOf {
  readonly playbook: string;
  /** Undefined: against every kind together. */
  readonly kind?: string;
}

/** Posterior of a playbook from its recorded verdicts; success is "improved" alone. */
export function successRate(
  outcomes: readonly OutcomeCount[],
  { playbook, kind }: SuccessOf,
): SuccessRate {
  const own = outcomes.filter(
    (one) => one.playbook === playbook && (kind === undefined || one.kind === kind),
  );
  const sum = (verdict: string) =>
    own.reduce((total, one) => total + (one.verdict === verdict ? one.count : 0), 0);
  const [improved, noEffect, worse] = [sum('improved'), sum('no_effect'), sum('worse')];
  const failures = noEffect + worse;
  return {
    ...{ improved, noEffect, worse, unknown: sum('unknown') },
    mean: (improved + 1) / (improved + failures + 2),
    lower: lowerBound(improved, failures),
  };
}

/** Verdicts that say something. */
export function countedVerdicts({ improved, noEffect, worse }: SuccessRate): number {
  return improved + noEffect + worse;
}

/** The 5th percentile of Beta(1 + successes, 1 + failures), in O(successes + failures). */
export function lowerBound(successes: number, failures: number): number {
  const total = successes + failures;
  const scale = Math.min(1, MAX_COUNTED / Math.max(1, total));
  const good = Math.floor(successes * scale);
  const bad = Math.ceil(failures * scale);
  let [low, high] = [0, 1];
  for (let step = 0; step < BISECTIONS; step += 1) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, good, bad) < BOUND_PROBABILITY) low = middle;
    else high = middle;
  }
  return low;
}

/** P(rate ≤ x) of whole-numbered Beta(1 + good, 1 + bad) = P(Binomial(good + bad + 1, x) > good); DLMF 8.17.5. */
function betaCdf(x: number, good: number, bad: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const trials = good + bad + 1;
  const [logX, logRest] = [Math.log(x), Math.log1p(-x)];
  let logChoose = 0;
  let below = 0;
  for (let hits = 0; hits <= good; hits += 1) {
    below += Math.exp(logChoose + hits * logX + (trials - hits) * logRest);
    logChoose += Math.log((trials - hits) / (hits + 1));
  }
  return 1 - below;
}
