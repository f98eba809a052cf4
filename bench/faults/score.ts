// The scoring of the bench: confusion matrix, precision, recall, F1 per kind, blame, time to detect, and the bars. Pure.
import { KINDS, type Kind } from './case.ts';

/** Bars of the bench; `median` of seconds, leaks have their own since they take minutes to tell from a warm-up. */
export const BARS = {
  macroF1: 0.9,
  blameRatio: 0.95,
  medianSeconds: 30,
  leakSeconds: 300,
} as const;
const LEAK: Kind = 'memory_leak';

/** One case that was run. */
export interface Outcome {
  readonly name: string;
  /** Undefined for a look-alike and for quiet time. */
  readonly expected: Kind | undefined;
  /** Neither right nor wrong when they are found. */
  readonly also: readonly string[];
  /** Kinds of the findings that fired, in the order of their time. */
  readonly fired: readonly string[];
  /** Whether the first finding of the expected kind blamed the right subject; undefined when none fired. */
  readonly blamedRight: boolean | undefined;
  /** From the beginning of the fault to the first finding of the expected kind. */
  readonly detectSeconds: number | undefined;
}

/** Figures are undefined where they would be 0 / 0. */
export interface KindScore {
  readonly kind: string;
  /** Cases in which the kind was to be found. */
  readonly cases: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly falseNegatives: number;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  readonly f1: number | undefined;
  readonly medianSeconds: number | undefined;
}

export interface Score {
  /** Expected kind or `none` → found kind or `none` → number of cases. A case counts once per kind that fired. */
  readonly matrix: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly kinds: readonly KindScore[];
  /** Mean of F1 over the kinds that were expected or found. */
  readonly macroF1: number | undefined;
  readonly blameRatio: number | undefined;
  /** Over all detected faults but leaks. */
  readonly medianSeconds: number | undefined;
  readonly leakMedianSeconds: number | undefined;
  readonly firedLookAlikes: readonly string[];
}

export const NONE = 'none';

export function score(outcomes: readonly Outcome[]): Score {
  const faults = outcomes.filter(({ expected }) => expected !== undefined);
  const judged = faults.filter(({ blamedRight }) => blamedRight !== undefined);
  const found = new Set(outcomes.flatMap(counted));
  const known = new Set<string>(KINDS);
  const kinds = [...KINDS, ...[...found].filter((kind) => !known.has(kind))]
    .map((kind) => scoreKind(kind, outcomes))
    .filter(({ cases, falsePositives }) => cases > 0 || falsePositives > 0);
  const isLeak = ({ expected }: Outcome) => expected === LEAK;
  return {
    matrix: confusion(outcomes),
    kinds,
    macroF1: mean(kinds.map(({ f1 }) => f1 ?? 0)),
    blameRatio: ratio(judged.filter(({ blamedRight }) => blamedRight).length, judged.length),
    medianSeconds: median(detections(faults.filter((each) => !isLeak(each)))),
    leakMedianSeconds: median(detections(faults.filter(isLeak))),
    firedLookAlikes: outcomes
      .filter(({ expected, fired }) => expected === undefined && fired.length > 0)
      .map(({ name }) => name),
  };
}

/** What keeps the result below the bars, as sentences; empty when it is good enough. */
export function belowBars(result: Score): string[] {
  const { macroF1, blameRatio, medianSeconds, leakMedianSeconds, firedLookAlikes } = result;
  const tooLow = (name: string, value: number | undefined, bar: number) =>
    value !== undefined && value < bar ? [`${name} ${value.toFixed(3)} is below ${bar}`] : [];
  const tooLate = (name: string, value: number | undefined, bar: number) =>
    value !== undefined && value > bar ? [`${name} ${value.toFixed(0)} s is above ${bar} s`] : [];
  return [
    ...tooLow('macro F1', macroF1, BARS.macroF1),
    ...tooLow('blamed right', blameRatio, BARS.blameRatio),
    ...tooLate('median time to detect', medianSeconds, BARS.medianSeconds),
    ...tooLate('median time to detect a leak', leakMedianSeconds, BARS.leakSeconds),
    ...firedLookAlikes.map((name) => `${name} is no bottleneck, and something fired`),
  ];
}

/** Of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return sorted[middle];
  return mean(sorted.slice(Math.max(0, middle - 1), middle + 1));
}

function scoreKind(kind: string, outcomes: readonly Outcome[]): KindScore {
  const wanted = outcomes.filter(({ expected }) => expected === kind);
  const truePositives = wanted.filter(({ fired }) => fired.includes(kind)).length;
  const falseNegatives = wanted.length - truePositives;
  const falsePositives = outcomes.filter(
    (outcome) => outcome.expected !== kind && counted(outcome).includes(kind),
  ).length;
  return {
    kind,
    cases: wanted.length,
    truePositives,
    falsePositives,
    falseNegatives,
    precision: ratio(truePositives, truePositives + falsePositives),
    recall: ratio(truePositives, truePositives + falseNegatives),
    // 2PR / (P + R) without its 0 / 0 when nothing was found (van Rijsbergen 1979).
    f1: ratio(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives),
    medianSeconds: median(detections(wanted)),
  };
}

function confusion(outcomes: readonly Outcome[]): Map<string, Map<string, number>> {
  const matrix = new Map<string, Map<string, number>>();
  for (const outcome of outcomes) {
    const row = matrix.get(outcome.expected ?? NONE) ?? new Map<string, number>();
    matrix.set(outcome.expected ?? NONE, row);
    const found = counted(outcome);
    for (const kind of found.length === 0 ? [NONE] : found) row.set(kind, (row.get(kind) ?? 0) + 1);
  }
  return matrix;
}

/** Each fired kind once, without those that are neither right nor wrong. */
function counted({ fired, also }: Outcome): string[] {
  return [...new Set(fired)].filter((kind) => !also.includes(kind));
}

function detections(outcomes: readonly Outcome[]): number[] {
  return outcomes.flatMap(({ detectSeconds }) => detectSeconds ?? []);
}

function ratio(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : part / whole;
}

function mean(values: readonly number[]): number | undefined {
  return ratio(
    values.reduce((sum, value) => sum + value, 0),
    values.length,
  );
}
