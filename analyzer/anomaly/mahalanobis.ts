// Distance from the usual joint movement of all series over the last few rows.
import {
  columnMeans,
  covariance,
  unwhiten,
  type Whitening,
  whiten,
  whitening,
} from '../math/whitening.ts';
import { type Frame, type Member, type Parameters, sampleFrames } from './multivariate-member.ts';

/** In squared deviations: movement in directions that were never seen counts at most like this much of noise. */
const RIDGE = 0.05;
const MAX_FRAMES = 8000;

/**
 * The squared Mahalanobis distance of the last rows as one long row: an unusual combination, an unusual change and a broken
 * correlation all lie far. Robust because the deviations are bounded before (winsorised covariance).
 */
export const mahalanobis: Member = {
  name: 'mahalanobis',
  fit(frames) {
    const rows = stack(sampleFrames(frames, MAX_FRAMES));
    if (rows.count < 2) return undefined;
    const centre = columnMeans(rows);
    const { triangle } = whitening(covariance(rows, centre), centre, RIDGE);
    return { centre, triangle };
  },
  score(parameters, { recent }) {
    return squaredLength(whiten(asWhitening(parameters), recent));
  },
  contributions(parameters, { now, recent }) {
    const map = asWhitening(parameters);
    const pull = unwhiten(map, whiten(map, recent));
    const result = new Float64Array(now.length);
    for (let i = 0; i < recent.length; i++)
      result[i % now.length]! += pull[i]! * (recent[i]! - map.centre[i]!);
    return result.map((value) => Math.max(0, value));
  },
};

export function asWhitening(parameters: Parameters): Whitening {
  return { centre: parameters.centre!, triangle: parameters.triangle! };
}

export function squaredLength(row: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i]! ** 2;
  return sum;
}

function stack(frames: readonly Frame[]) {
  const columns = frames[0]?.recent.length ?? 0;
  const values = new Float64Array(frames.length * columns);
  for (const [index, frame] of frames.entries()) values.set(frame.recent, index * columns);
  return { columns, count: frames.length, values };
}
