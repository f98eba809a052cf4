// Distance to the nearest moments of the past, for hosts that have several ways of being normal.
import { columnMeans, covariance, unwhiten, whiten, whitening } from '../math/whitening.ts';
import { asWhitening } from './mahalanobis.ts';
import { type Member, type Parameters, sampleFrames } from './multivariate-member.ts';

/** Moments that are remembered, evenly spaced over the history. */
const MAX_REMEMBERED = 500;
const MAX_FRAMES = 8000;
const NEAREST = 3;
const RIDGE = 0.05;

/** Mean squared distance to the nearest remembered moments, after whitening (Ramaswamy et al. 2000). */
export const neighbours: Member = {
  name: 'neighbours',
  fit(frames) {
    const columns = frames[0]?.now.length ?? 0;
    const sample = sampleFrames(frames, MAX_FRAMES);
    if (frames.length < 2 * NEAREST) return undefined;
    const values = new Float64Array(sample.length * columns);
    for (const [index, { now }] of sample.entries()) values.set(now, index * columns);
    const rows = { columns, count: sample.length, values };
    const centre = columnMeans(rows);
    const { triangle } = whitening(covariance(rows, centre), centre, RIDGE);
    const map = { centre, triangle };
    const kept = sampleFrames(frames, Math.min(MAX_REMEMBERED, Math.floor(frames.length / 2)));
    const remembered = new Float64Array(kept.length * columns);
    for (const [index, { now }] of kept.entries())
      remembered.set(whiten(map, now), index * columns);
    return { centre, triangle, remembered };
  },
  score(parameters, { now }) {
    const white = whiten(asWhitening(parameters), now);
    const { distances } = nearest(parameters, white);
    return distances.reduce((sum, distance) => sum + distance, 0) / distances.length;
  },
  contributions(parameters, { now }) {
    const map = asWhitening(parameters);
    const white = whiten(map, now);
    const from = nearest(parameters, white).index * now.length;
    const apart = white.map((value, i) => value - parameters.remembered![from + i]!);
    const pull = unwhiten(map, apart);
    // The distance as a sum over series: its gradient times how far each series lies from its centre.
    return pull.map((value, i) => Math.abs(value * (now[i]! - map.centre[i]!)));
  },
};

/** The least squared distances, ascending, and which remembered moment is the nearest. O(remembered · columns). */
function nearest(parameters: Parameters, white: Float64Array) {
  const remembered = parameters.remembered!;
  const columns = white.length;
  const distances = new Array<number>(NEAREST).fill(Number.POSITIVE_INFINITY);
  let index = 0;
  for (let row = 0; row * columns < remembered.length; row++) {
    const distance = squaredDistance(remembered, row * columns, white);
    if (distance >= distances[NEAREST - 1]!) continue;
    if (distance < distances[0]!) index = row;
    distances[NEAREST - 1] = distance;
    distances.sort((a, b) => a - b);
  }
  return { distances: distances.filter(Number.isFinite), index };
}

function squaredDistance(values: Float64Array, from: number, white: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < white.length; i++) sum += (values[from + i]! - white[i]!) ** 2;
  return sum;
}
