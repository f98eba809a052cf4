// Many series of one host or group judged together: one score, and each series' share in it.
import type { Rows } from '../math/whitening.ts';
import { type Baseline, fitBaseline } from './multivariate-baseline.ts';
import { framesOf, type Moment, nextFrame, startTrail, type Trail } from './multivariate-frames.ts';
import { multivariateMembers } from './multivariate-list.ts';
import { type Frame, type Parameters, sampleFrames } from './multivariate-member.ts';
import { fitTail, rarity, type Tail } from './multivariate-tail.ts';

/** Fewer rows teach nothing. */
export const MIN_TRAINING_ROWS = 20;
/** Series per model: the covariance over the lags grows with its square. */
export const MAX_SERIES = 200;
/** Scores of the history from which the tails are estimated. */
const MAX_TAIL_FRAMES = 5000;
/** Mean rarity (power of ten) at the edge, for a sensitivity of 0, and how much lower it is for 1. */
const EDGE_AT_0 = 4.25;
const EDGE_RANGE = 3;
/** The members that see less than the others alone count less. */
const HALF_WEIGHT = ['pca', 'isolation-forest'];

export interface Training {
  readonly rows: Rows;
  /** Unix seconds, ascending, one per row. */
  readonly times: Float64Array;
  readonly seed: number;
}

/** Plain data: structured clone or any serialiser of typed arrays stores it whole. */
export interface MultivariateModel {
  readonly baseline: Baseline;
  readonly members: readonly FittedMember[];
}

interface FittedMember {
  readonly name: string;
  readonly parameters: Parameters;
  readonly tail: Tail;
}

export interface MultivariateJudgement {
  /** 0 = as usual, 1 = at the edge, above 1 = anomalous. */
  readonly score: number;
  /** −log₁₀ of the probability of such a moment, as each member sees it. */
  readonly members: readonly { readonly name: string; readonly rarity: number }[];
  /** To be kept: it is the trail of the next judgement, and what the contributions are computed from. */
  readonly frame: Frame;
}

/** Undefined when there are too few rows, or no or too many series. */
export function fitMultivariate({ rows, times, seed }: Training): MultivariateModel | undefined {
  if (rows.count < MIN_TRAINING_ROWS || rows.columns < 1 || rows.columns > MAX_SERIES)
    return undefined;
  const baseline = fitBaseline(rows, times);
  const frames = framesOf(baseline, rows, times);
  const sample = sampleFrames(frames, MAX_TAIL_FRAMES);
  const members = multivariateMembers.flatMap(({ name, fit, score }): FittedMember[] => {
    const parameters = fit(frames, seed);
    if (parameters === undefined) return [];
    const scores = Float64Array.from(sample, (frame) => score(parameters, frame));
    return [{ name, parameters, tail: fitTail(scores) }];
  });
  return { baseline, members };
}

/** The trail before the first row. */
export function startOf(model: MultivariateModel): Trail {
  return startTrail(model.baseline.scales.length);
}

export interface Question extends Moment {
  readonly trail: Trail;
  /** In (0, 1): more finds more and errs more. */
  readonly sensitivity?: number;
}

/** Judges one moment by the model and the rows before it. Pure: the same question has the same answer. */
export function judgeMoment(model: MultivariateModel, question: Question): MultivariateJudgement {
  const frame = nextFrame(model.baseline, question.trail, question);
  const members = model.members.map(({ name, parameters, tail }) => ({
    name,
    rarity: rarity(tail, memberOf(name).score(parameters, frame)),
  }));
  let sum = 0;
  let weights = 0;
  for (const member of members) {
    sum += weightOf(member.name) * member.rarity;
    weights += weightOf(member.name);
  }
  return { score: sum / weights / edgeFor(question.sensitivity ?? 0.5), members, frame };
}

/** Each series' share in the score, in the order of the columns; they sum to 1. */
export function sharesOf(model: MultivariateModel, judgement: MultivariateJudgement): Float64Array {
  const { frame } = judgement;
  const shares = new Float64Array(frame.now.length);
  for (const [index, { name, parameters }] of model.members.entries()) {
    const parts = memberOf(name).contributions(parameters, frame);
    const total = parts.reduce((sum, value) => sum + value, 0);
    const weight = weightOf(name) * judgement.members[index]!.rarity;
    if (total > 0)
      for (let i = 0; i < parts.length; i++) shares[i]! += (weight * parts[i]!) / total;
  }
  const total = shares.reduce((sum, value) => sum + value, 0);
  return shares.map((value) => (total > 0 ? value / total : 1 / shares.length));
}

/** Among so many models the most unusual moment is so much rarer by chance: what their scores are divided by (Bonferroni). */
export function rarestAmong(models: number, sensitivity: number): number {
  return 1 + Math.log10(Math.max(1, models)) / edgeFor(sensitivity);
}

function edgeFor(sensitivity: number): number {
  if (!(sensitivity > 0 && sensitivity < 1))
    throw new RangeError(`a sensitivity of ${sensitivity}: expected a number in (0, 1)`);
  return EDGE_AT_0 - EDGE_RANGE * sensitivity;
}

function weightOf(name: string): number {
  return HALF_WEIGHT.includes(name) ? 0.5 : 1;
}

function memberOf(name: string) {
  const member = multivariateMembers.find((candidate) => candidate.name === name);
  if (member === undefined)
    throw new RangeError(
      `a stored model has a member ${name} that this version does not know: fit it anew`,
    );
  return member;
}
