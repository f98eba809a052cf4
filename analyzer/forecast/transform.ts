// Values seen through another scale: a transform that can be undone, and any model looked at through it.
import type { FittedModel, Frame, Model, Path } from './model.ts';
import { plausible } from './plausible.ts';

export interface Transform {
  readonly name: string;
  /** Undefined when it is not for these values, such as a logarithm of what is below 0. */
  fit(values: Float64Array, frame?: Frame): FittedTransform | undefined;
}

/** Both ways for one value; increasing, and each undoes the other. */
export interface FittedTransform {
  readonly values: Float64Array;
  apply(value: number): number;
  invert(value: number): number;
}

/**
 * The model on the transformed values, its path transformed back. The centre stays a median; the standard error
 * becomes half the distance between the ends of one standard error to each side.
 */
export function withTransform(model: Model, transform: Transform): Model {
  return {
    ...model,
    name: `${transform.name}+${model.name}`,
    fit(values, frame): FittedModel | undefined {
      const seen = transform.fit(values, frame);
      if (seen === undefined || !seen.values.every(Number.isFinite)) return undefined;
      const fitted = model.fit(seen.values, frame);
      if (fitted === undefined) return undefined;
      return {
        predict(steps) {
          const path = fitted.predict(steps);
          return path === undefined ? undefined : plausible(restored(path, seen), values, steps);
        },
      };
    },
  };
}

function restored({ centre, error }: Path, { invert }: FittedTransform): Path {
  return {
    centre: centre.map(invert),
    error: centre.map((value, i) => (invert(value + error[i]!) - invert(value - error[i]!)) / 2),
  };
}
