// Distance from the few directions in which the series usually move together: principal components and their residual.
import { symmetricEigen } from '../math/symmetric-eigen.ts';
import { columnMeans, covariance } from '../math/whitening.ts';
import { type Member, type Parameters, sampleFrames } from './multivariate-member.ts';

/** The components that carry this share of the variance are the usual movement; what they leave is the residual. */
const VARIANCE_SHARE = 0.9;
const MAX_FRAMES = 8000;

/** The squared prediction error (Jackson & Mudholkar 1979) of bounded deviations, which makes the covariance robust. */
export const pca: Member = {
  name: 'pca',
  fit(frames) {
    const columns = frames[0]?.now.length ?? 0;
    if (columns < 2 || frames.length < 2) return undefined;
    const sample = sampleFrames(frames, MAX_FRAMES);
    const values = new Float64Array(sample.length * columns);
    for (const [index, { now }] of sample.entries()) values.set(now, index * columns);
    const rows = { columns, count: sample.length, values };
    const centre = columnMeans(rows);
    const eigen = symmetricEigen(covariance(rows, centre), columns);
    const kept = componentsFor(eigen.values);
    return { centre, components: eigen.vectors.slice(0, kept * columns) };
  },
  score(parameters, { now }) {
    return residual(parameters, now).reduce((sum, value) => sum + value ** 2, 0);
  },
  contributions(parameters, { now }) {
    return residual(parameters, now).map((value) => value ** 2);
  },
};

/** At least one component, and at least one direction left for the residual. */
function componentsFor(variances: Float64Array): number {
  const total = variances.reduce((sum, value) => sum + Math.max(0, value), 0);
  let explained = 0;
  for (let kept = 1; kept < variances.length; kept++) {
    explained += Math.max(0, variances[kept - 1]!);
    if (explained >= VARIANCE_SHARE * total) return kept;
  }
  return variances.length - 1;
}

/** What the components do not explain of the row. */
export function residual(parameters: Parameters, now: Float64Array): Float64Array {
  const centre = parameters.centre!;
  const components = parameters.components!;
  const columns = now.length;
  const left = now.map((value, i) => value - centre[i]!);
  for (let from = 0; from < components.length; from += columns) {
    let along = 0;
    for (let i = 0; i < columns; i++) along += components[from + i]! * left[i]!;
    for (let i = 0; i < columns; i++) left[i]! -= along * components[from + i]!;
  }
  return left;
}
