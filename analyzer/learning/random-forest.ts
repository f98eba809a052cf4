// Random forest: many trees, each grown on another sample and asked about other features, vote (Breiman 2001, Machine Learning 45).
import { createUniform } from '../math/uniform.ts';

/** Deeper trees learn single windows by heart. */
const MAX_DEPTH = 12;
const LEAST_LEAF = 2;
/** Rows that one tree is grown on. */
const MAX_SAMPLE = 3_000;
/** What is not known lies below everything that is: a cut can then tell the two apart. */
const UNKNOWN = -1e9;

/** Nodes in preorder: both children come after their parent, so that a walk ends. A leaf has feature -1. */
export interface Tree {
  readonly feature: readonly number[];
  readonly cut: readonly number[];
  /** Goes left when the value is at most the cut. */
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** Of a leaf: the share of each class; of another node empty. */
  readonly shares: readonly (readonly number[])[];
}

export interface Forest {
  /** Names of the classes, in the order of the shares. */
  readonly classes: readonly string[];
  readonly trees: readonly Tree[];
}

export interface Example {
  readonly vector: Float64Array;
  readonly label: string;
}

export interface ForestOptions {
  readonly seed: number;
  readonly trees: number;
  /** This class makes half of every sample, the others share the rest: what is rare is what matters. */
  readonly common: string;
}

/**
 * Deterministic by seed. Each tree draws with replacement, the classes balanced (Chen, Liaw & Breiman 2004), and looks at
 * √features candidates per cut, chosen by Gini impurity. O(trees · sample · log sample · √features · depth).
 * @throws {RangeError} without two classes.
 */
export function fitForest(examples: readonly Example[], options: ForestOptions): Forest {
  const classes = [...new Set(examples.map(({ label }) => label))].sort();
  if (classes.length < 2) {
    throw new RangeError(`A classifier needs two kinds of labels, there is ${classes.length}`);
  }
  const random = createUniform(options.seed);
  const rows = examples.map(({ vector, label }) => ({
    values: vector.map((value) => (Number.isNaN(value) ? UNKNOWN : value)),
    label: classes.indexOf(label),
  }));
  const byClass = classes.map((_, index) => rows.filter(({ label }) => label === index));
  const draw = createDraw(byClass, classes.indexOf(options.common), random);
  const size = Math.min(MAX_SAMPLE, rows.length);
  const trees = Array.from({ length: options.trees }, () => {
    const sample = Array.from({ length: size }, draw);
    return growTree(sample, { classes: classes.length, random });
  });
  return { classes, trees };
}

/** The mean share of each class over the trees; sums to 1. O(trees · depth). */
export function predict({ classes, trees }: Forest, vector: Float64Array): Float64Array {
  const total = new Float64Array(classes.length);
  for (const tree of trees) {
    let node = 0;
    while (tree.feature[node]! >= 0) {
      const value = vector[tree.feature[node]!]!;
      const known = Number.isNaN(value) ? UNKNOWN : value;
      node = known <= tree.cut[node]! ? tree.left[node]! : tree.right[node]!;
    }
    const shares = tree.shares[node]!;
    for (let index = 0; index < total.length; index += 1) total[index]! += shares[index]!;
  }
  return total.map((sum) => sum / trees.length);
}

interface Row {
  readonly values: Float64Array;
  readonly label: number;
}

function createDraw(byClass: readonly Row[][], common: number, random: () => number): () => Row {
  const rare = byClass.filter((rows, index) => index !== common && rows.length > 0);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const usual = byClass[common];
  return () =>
    pick(usual !== undefined && (rare.length === 0 || random() < 0.5) ? usual : pick(rare));
}

interface Growing {
  readonly classes: number;
  readonly random: () => number;
}

function growTree(sample: Row[], growing: Growing): Tree {
  const tree = { feature: [], cut: [], left: [], right: [], shares: [] };
  addNode(tree, sample, { ...growing, depth: 0 });
  return tree;
}

interface OpenTree {
  readonly feature: number[];
  readonly cut: number[];
  readonly left: number[];
  readonly right: number[];
  readonly shares: number[][];
}

function addNode(tree: OpenTree, rows: Row[], growing: Growing & { depth: number }): number {
  const node = tree.feature.length;
  const counts = countClasses(rows, growing.classes);
  const best = growing.depth < MAX_DEPTH ? bestCut(rows, counts, growing) : undefined;
  tree.feature.push(best?.feature ?? -1);
  tree.cut.push(best?.cut ?? 0);
  tree.left.push(-1);
  tree.right.push(-1);
  tree.shares.push(
    best === undefined ? [...counts].map((count) => round(count / rows.length)) : [],
  );
  if (best === undefined) return node;
  const { feature, cut } = best;
  const deeper = { ...growing, depth: growing.depth + 1 };
  tree.left[node] = addNode(
    tree,
    rows.filter(({ values }) => values[feature]! <= cut),
    deeper,
  );
  tree.right[node] = addNode(
    tree,
    rows.filter(({ values }) => values[feature]! > cut),
    deeper,
  );
  return node;
}

interface Cut {
  readonly feature: number;
  readonly cut: number;
  /** Σ of squared counts over size, of both sides: the larger, the purer. */
  readonly purity: number;
}

function bestCut(rows: readonly Row[], counts: Float64Array, { random }: Growing): Cut | undefined {
  if (rows.length < 2 * LEAST_LEAF || counts.some((count) => count === rows.length))
    return undefined;
  const features = rows[0]!.values.length;
  let best: Cut | undefined;
  for (const feature of chooseFeatures(features, random)) {
    const cut = cutFeature(rows, counts, feature);
    if (cut !== undefined && cut.purity > (best?.purity ?? purityOf(counts, rows.length) + 1e-9))
      best = cut;
  }
  return best;
}

/** ⌈√features⌉ different ones. */
function chooseFeatures(features: number, random: () => number): Set<number> {
  const chosen = new Set<number>();
  const wanted = Math.ceil(Math.sqrt(features));
  while (chosen.size < wanted) chosen.add(Math.floor(random() * features));
  return chosen;
}

function cutFeature(rows: readonly Row[], counts: Float64Array, feature: number): Cut | undefined {
  const sorted = [...rows].sort((a, b) => a.values[feature]! - b.values[feature]!);
  const left = new Float64Array(counts.length);
  const right = Float64Array.from(counts);
  let best: Cut | undefined;
  for (let index = 0; index < sorted.length - 1; index += 1) {
    const { values, label } = sorted[index]!;
    left[label]! += 1;
    right[label]! -= 1;
    const [here, next] = [values[feature]!, sorted[index + 1]!.values[feature]!];
    const size = index + 1;
    if (here === next || size < LEAST_LEAF || sorted.length - size < LEAST_LEAF) continue;
    const purity = purityOf(left, size) + purityOf(right, sorted.length - size);
    if (purity > (best?.purity ?? 0)) best = { feature, cut: between(here, next), purity };
  }
  return best;
}

/** Between the unknown and the known the cut is just below the known. */
function between(low: number, high: number): number {
  return low === UNKNOWN ? high - Math.max(1e-9, Math.abs(high) * 1e-9) : (low + high) / 2;
}

function purityOf(counts: Float64Array, size: number): number {
  let squares = 0;
  for (const count of counts) squares += count * count;
  return squares / size;
}

function countClasses(rows: readonly Row[], classes: number): Float64Array {
  const counts = new Float64Array(classes);
  for (const { label } of rows) counts[label]! += 1;
  return counts;
}

/** Four digits keep the file small; the sum stays 1 to within as much. */
function round(share: number): number {
  return Math.round(share * 1e4) / 1e4;
}
