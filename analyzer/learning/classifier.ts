// The learned verdict beside the rules': shown always, part of the ranking only after it has beaten them on held-back labels.
import { z } from 'zod';
import { ENTITY_LABELS, type Entity } from '../features/feature.ts';
import type { HostFeatures, SubjectFeatures } from '../features/table.ts';
import type { Finding, LearnedVerdict } from '../series/finding.ts';
import { labelsKey } from '../series/labels.ts';
import { predict } from './random-forest.ts';
import { INPUT_NAMES, readRow, toVector } from './vector.ts';

const MAX_TREES = 1_000;
const MAX_NODES = 20_000;
const MAX_CLASSES = 64;

const score = z.strictObject({
  /** Mean F1 of the kinds that were held back. */
  macroF1: z.number(),
  /** Share of the windows without bottleneck in which one was claimed. */
  falseAlarmRatio: z.number(),
  /** Cases that were told right. */
  right: z.number(),
  f1: z.record(z.string(), z.number()),
});
export const figuresSchema = z.strictObject({
  heldBackCases: z.number(),
  heldBackRows: z.number(),
  trainedRows: z.number(),
  forest: score,
  rules: score,
  /** Of the hypothesis that the forest is no better than the rules (McNemar, exact, one-sided). */
  pValue: z.number(),
  /** Whether it beats the rules, and if not, why. */
  beats: z.boolean(),
  reason: z.string(),
});
export type Figures = Readonly<z.infer<typeof figuresSchema>>;

const tree = z
  .strictObject({
    feature: z.array(z.int().min(-1)).min(1).max(MAX_NODES),
    cut: z.array(z.number()),
    left: z.array(z.int()),
    right: z.array(z.int()),
    shares: z.array(z.array(z.number().min(0).max(1))),
  })
  .refine(isTree, 'not a tree: every child comes after its parent, every leaf has shares');

export const modelSchema = z
  .strictObject({
    version: z.int().min(1),
    /** Unix seconds. */
    trainedAt: z.number(),
    seed: z.number(),
    /** SHA-256 of the labels that it was trained on. */
    labels: z.string(),
    inputs: z.array(z.string()),
    figures: figuresSchema,
    forest: z.strictObject({
      classes: z.array(z.string()).min(2).max(MAX_CLASSES),
      trees: z.array(tree).min(1).max(MAX_TREES),
    }),
  })
  .refine(
    ({ forest: { classes, trees }, inputs }) =>
      trees.every(
        ({ feature, shares }) =>
          feature.every((one) => one < inputs.length) &&
          shares.every(({ length }) => length === 0 || length === classes.length),
      ),
    'its trees ask for inputs or answer classes that it does not have',
  );
export type Model = Readonly<z.infer<typeof modelSchema>>;

/** What is in use, for /api/v1/findings. */
export interface LearningStatus {
  readonly version: number;
  readonly trainedAt: number;
  readonly counts: boolean;
  readonly figures: Figures;
}

export interface Classifier {
  readonly about: LearningStatus;
  /** What it says of a subject of which a rule says `kind`. */
  judge(subject: SubjectFeatures, kind: string): LearnedVerdict;
}

/** @throws {RangeError} when the model asks for inputs that this version of the product does not have any more. */
export function createClassifier({
  version,
  trainedAt,
  figures,
  forest,
  inputs,
}: Model): Classifier {
  const places = inputs.map((name) => INPUT_NAMES.indexOf(name));
  const unknown = inputs.filter((_, index) => places[index]! < 0);
  if (unknown.length > 0) {
    throw new RangeError(
      `Model ${version} asks for ${unknown.slice(0, 3).join(', ')}, which this version does not have: run guard retrain again`,
    );
  }
  const counts = figures.beats;
  return {
    about: { version, trainedAt, counts, figures },
    judge(subject, kind) {
      const all = toVector(readRow(subject));
      const shares = predict(
        forest,
        Float64Array.from(places, (place) => all[place]!),
      );
      const best = shares.indexOf(Math.max(...shares));
      return {
        kind: forest.classes[best]!,
        probability: round(shares[best]!),
        agreement: round(shares[forest.classes.indexOf(kind)] ?? 0),
        model: version,
        counts,
      };
    },
  };
}

/**
 * The findings with the learned verdict. It neither raises nor ends one; when it counts, findings of the same state and
 * severity are ranked by the mean of score and agreement.
 */
export function applyLearned<T extends Finding>(
  findings: readonly T[],
  hosts: readonly HostFeatures[],
  classifier: Classifier | undefined,
): T[] {
  // After a reload without a model nothing of the old one stays.
  if (classifier === undefined) {
    return findings.map((one) =>
      one.learned === undefined ? one : { ...one, learned: undefined },
    );
  }
  const subjects = new Map(hosts.map((host) => [labelsKey(host.subject), host]));
  const judged = findings.map((finding) => {
    const subject = finding.state === 'resolved' ? undefined : subjectOf(finding, subjects);
    return subject === undefined
      ? finding
      : { ...finding, learned: classifier.judge(subject, finding.kind) };
  });
  if (!classifier.about.counts) return judged;
  return judged
    .map((finding, index) => ({ finding, index }))
    .sort((a, b) => compare(a.finding, b.finding) || a.index - b.index)
    .map(({ finding }) => finding);
}

function subjectOf({ subject }: Finding, hosts: ReadonlyMap<string, HostFeatures>) {
  const { job, instance } = subject;
  const host = hosts.get(
    labelsKey({
      ...(job === undefined ? {} : { job }),
      ...(instance === undefined ? {} : { instance }),
    }),
  );
  for (const [entity, label] of Object.entries(ENTITY_LABELS) as [Entity, string][]) {
    if (subject[label] === undefined) continue;
    return host?.subjects(entity).find((one) => one.subject[label] === subject[label]);
  }
  return host;
}

const STATES = ['firing', 'pending', 'resolved'];
const SEVERITIES = ['critical', 'warning', 'info'];

function compare(a: Finding, b: Finding): number {
  return (
    STATES.indexOf(a.state) - STATES.indexOf(b.state) ||
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    together(b) - together(a)
  );
}

function together({ score: byRule, learned }: Finding): number {
  return learned === undefined ? byRule : (byRule + learned.agreement) / 2;
}

/** A walk from the root ends at a leaf, whatever the file says. */
function isTree({
  feature,
  cut,
  left,
  right,
  shares,
}: {
  readonly feature: number[];
  readonly cut: number[];
  readonly left: number[];
  readonly right: number[];
  readonly shares: number[][];
}): boolean {
  const size = feature.length;
  if ([cut, left, right, shares].some(({ length }) => length !== size)) return false;
  return feature.every((one, node) =>
    one < 0
      ? shares[node]!.length > 0
      : [left[node]!, right[node]!].every((child) => child > node && child < size),
  );
}

function round(share: number): number {
  return Math.round(share * 1e3) / 1e3;
}
