// Isolation forest: moments that a few random cuts set apart from all others are unusual.
import { createUniform } from '../math/uniform.ts';
import { type Frame, type Member, type Parameters, sampleFrames } from './multivariate-member.ts';

/** Trees and rows per tree as the authors advise (Liu, Ting & Zhou 2008, § 5.1). */
const TREES = 100;
const SAMPLE = 256;
const MAX_DEPTH = 8;
const MAX_FRAMES = 8000;
/** Places of a complete binary tree; the children of node i are 2i + 1 and 2i + 2. */
const NODES = 2 ** (MAX_DEPTH + 1) - 1;
const EULER = 0.5772156649015329;

export const isolationForest: Member = {
  name: 'isolation-forest',
  fit(frames, seed) {
    const rows = sampleFrames(frames, MAX_FRAMES).map(({ now }) => now);
    if (rows.length < 2) return undefined;
    const random = createUniform(seed);
    // Of each node: the series that is cut (−1 in a leaf), and the cut, or in a leaf the rows that ended there.
    const series = new Float64Array(TREES * NODES).fill(-1);
    const cuts = new Float64Array(TREES * NODES);
    const size = Math.min(SAMPLE, rows.length);
    for (let tree = 0; tree < TREES; tree++) {
      const sample = Array.from({ length: size }, () => rows[Math.floor(random() * rows.length)]!);
      const forest = { series, cuts, offset: tree * NODES, random };
      grow(forest, sample, { node: 0, depth: 0 });
    }
    return { series, cuts, size: Float64Array.of(size) };
  },
  /** 2 to the power of −(mean depth / expected depth): 0.5 is usual, 1 is alone. */
  score(parameters, { now }) {
    let total = 0;
    for (let tree = 0; tree < TREES; tree++) total += walk(parameters, now, tree).depth;
    return 2 ** (-total / TREES / averageDepth(parameters.size![0]!));
  },
  /** A series counts in the trees that isolate the moment early, and there the more, the earlier it was cut. */
  contributions(parameters, frame) {
    const result = new Float64Array(frame.now.length);
    const usual = averageDepth(parameters.size![0]!);
    for (let tree = 0; tree < TREES; tree++) credit(result, { parameters, frame, tree, usual });
    return result;
  },
};

interface Forest {
  readonly series: Float64Array;
  readonly cuts: Float64Array;
  readonly offset: number;
  readonly random: () => number;
}

function grow(
  forest: Forest,
  rows: readonly Float64Array[],
  { node, depth }: { readonly node: number; readonly depth: number },
): void {
  const { series, cuts, offset, random } = forest;
  const cut = depth < MAX_DEPTH && rows.length > 1 ? chooseCut(rows, random) : undefined;
  if (cut === undefined) {
    cuts[offset + node] = rows.length;
    return;
  }
  series[offset + node] = cut.column;
  cuts[offset + node] = cut.value;
  const left = rows.filter((row) => row[cut.column]! < cut.value);
  const right = rows.filter((row) => !(row[cut.column]! < cut.value));
  grow(forest, left, { node: 2 * node + 1, depth: depth + 1 });
  grow(forest, right, { node: 2 * node + 2, depth: depth + 1 });
}

/** A random series and a random value between its extremes; constant series are passed over. */
function chooseCut(rows: readonly Float64Array[], random: () => number) {
  const columns = rows[0]!.length;
  const start = Math.floor(random() * columns);
  for (let k = 0; k < columns; k++) {
    const column = (start + k) % columns;
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const row of rows) {
      low = Math.min(low, row[column]!);
      high = Math.max(high, row[column]!);
    }
    if (high > low) return { column, value: high - random() * (high - low) };
  }
  return undefined;
}

/** How deep the row comes, with the expected rest for a leaf that still holds several rows, and which series were asked. */
function walk({ series, cuts }: Parameters, row: Float64Array, tree: number) {
  const offset = tree * NODES;
  const asked: number[] = [];
  let node = 0;
  while (series![offset + node]! >= 0) {
    const column = series![offset + node]!;
    asked.push(column);
    node = 2 * node + (row[column]! < cuts![offset + node]! ? 1 : 2);
  }
  return { depth: asked.length + averageDepth(cuts![offset + node]!), asked };
}

/** The mean depth of an unsuccessful search in a random binary tree of so many rows. */
function averageDepth(size: number): number {
  if (size <= 1) return 0;
  if (size === 2) return 1;
  return 2 * (Math.log(size - 1) + EULER) - (2 * (size - 1)) / size;
}

interface Credit {
  readonly parameters: Parameters;
  readonly frame: Frame;
  readonly tree: number;
  readonly usual: number;
}

function credit(result: Float64Array, { parameters, frame, tree, usual }: Credit): void {
  const { depth, asked } = walk(parameters, frame.now, tree);
  const early = Math.max(0, usual / Math.max(depth, 1) - 1);
  for (const [order, column] of asked.entries()) result[column]! += early / (order + 1);
}
