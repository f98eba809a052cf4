// From labelled rows to a model with its figures: split, fit, hold against the rules.
import type { Model } from './classifier.ts';
import { compareWithRules, splitByCase } from './evaluate.ts';
import { type LabelledRow, NONE } from './labelled-row.ts';
import { fitForest, predict } from './random-forest.ts';
import { INPUT_NAMES, toVector } from './vector.ts';

export interface TrainOptions {
  readonly seed: number;
  readonly trees: number;
}

export type TrainedModel = Omit<Model, 'version' | 'trainedAt' | 'labels'>;

/**
 * The model that is evaluated is the one that is kept: its figures are its own. Deterministic by seed.
 * @throws {RangeError} when the labels do not do: fewer than two kinds on the side that is trained on.
 */
export function train(rows: readonly LabelledRow[], { seed, trees }: TrainOptions): TrainedModel {
  const split = splitByCase(rows, seed);
  const examples = split.trained.map(({ kind, features }) => ({
    vector: toVector(features),
    label: kind,
  }));
  const forest = fitForest(examples, { seed, trees, common: NONE });
  const said = split.heldBack.map(({ features }) => {
    const shares = predict(forest, toVector(features));
    return forest.classes[shares.indexOf(Math.max(...shares))]!;
  });
  return {
    seed,
    inputs: [...INPUT_NAMES],
    figures: compareWithRules(split, said),
    forest: {
      classes: [...forest.classes],
      trees: forest.trees.map(({ feature, cut, left, right, shares }) => ({
        feature: [...feature],
        cut: [...cut],
        left: [...left],
        right: [...right],
        shares: shares.map((list) => [...list]),
      })),
    },
  };
}
