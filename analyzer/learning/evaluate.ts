// Whether a classifier is better than the rules: on cases that it has not seen, with the figures that say so.
import { normalUpperTail } from '../math/normal.ts';
import { createUniform } from '../math/uniform.ts';
import type { Figures } from './classifier.ts';
import { type LabelledRow, NONE } from './labelled-row.ts';

const HELD_BACK_RATIO = 0.3;
/** With fewer cases or kinds held back, better is luck. */
const LEAST_CASES = 10;
const LEAST_KINDS = 3;
const MAX_P_VALUE = 0.05;
/** Beyond so many differing units the normal distribution is as good, and nothing overflows. */
const MAX_EXACT = 500;

export interface Split {
  readonly trained: readonly LabelledRow[];
  readonly heldBack: readonly LabelledRow[];
}

/** By case and balanced by kind: of every kind with two cases or more, a third of the cases, at least one. Deterministic by seed. */
export function splitByCase(rows: readonly LabelledRow[], seed: number): Split {
  const random = createUniform(seed);
  const held = new Set<string>();
  for (const cases of casesByKind(rows).values()) {
    const shuffled = shuffle([...cases].sort(), random);
    const count = Math.max(1, Math.round(HELD_BACK_RATIO * shuffled.length));
    if (shuffled.length >= 2) for (const name of shuffled.slice(0, count)) held.add(name);
  }
  return {
    trained: rows.filter((row) => !held.has(row.case)),
    heldBack: rows.filter((row) => held.has(row.case)),
  };
}

/** A case is of the kind that it was made for; its bystanders do not make it one of `none`. */
function casesByKind(rows: readonly LabelledRow[]): Map<string, Set<string>> {
  const kinds = new Map<string, string>();
  for (const row of rows)
    if (row.kind !== NONE || !kinds.has(row.case)) kinds.set(row.case, row.kind);
  const cases = new Map<string, Set<string>>();
  for (const [name, kind] of kinds) cases.set(kind, (cases.get(kind) ?? new Set()).add(name));
  return new Map([...cases].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function shuffle<T>(list: T[], random: () => number): T[] {
  for (let index = list.length - 1; index > 0; index -= 1) {
    const other = Math.floor(random() * (index + 1));
    [list[index], list[other]] = [list[other]!, list[index]!];
  }
  return list;
}

/** @param said what the classifier says of each held-back row. */
export function compareWithRules({ trained, heldBack }: Split, said: readonly string[]): Figures {
  const forest = scoreOf(heldBack, said);
  const rules = scoreOf(
    heldBack,
    heldBack.map(({ rule }) => rule),
  );
  const pValue = mcNemar(forest.rightUnits, rules.rightUnits);
  const cases = new Set(heldBack.map((row) => row.case)).size;
  const reason = whyNot({ forest, rules, pValue, cases });
  return {
    heldBackCases: cases,
    heldBackRows: heldBack.length,
    trainedRows: trained.length,
    forest: forest.score,
    rules: rules.score,
    pValue,
    beats: reason === undefined,
    reason: reason ?? 'better than the rules on held-back cases',
  };
}

interface Scored {
  readonly score: Figures['forest'];
  /** Units (the guilty of a case, and its bystanders) that were told right. */
  readonly rightUnits: ReadonlyMap<string, boolean>;
}

/**
 * Windows of one case resemble each other: what counts is what was said of most of them, once for the guilty and once for
 * the others. F1 of a kind is over these; the false alarm ratio is over windows, since one is enough to wake somebody.
 */
function scoreOf(rows: readonly LabelledRow[], said: readonly string[]): Scored {
  const units = new Map<string, { truth: string; votes: Map<string, number> }>();
  let [quiet, alarms] = [0, 0];
  for (const [index, row] of rows.entries()) {
    const answer = said[index] ?? NONE;
    if (row.kind === NONE) quiet += 1;
    if (row.kind === NONE && answer !== NONE) alarms += 1;
    const key = `${row.case}\n${row.kind}`;
    const unit = units.get(key) ?? { truth: row.kind, votes: new Map() };
    unit.votes.set(answer, (unit.votes.get(answer) ?? 0) + 1);
    units.set(key, unit);
  }
  const answers = [...units].map(([key, { truth, votes }]) => ({
    key,
    truth,
    answer: most(votes),
  }));
  const f1 = Object.fromEntries(
    [...new Set(answers.map(({ truth }) => truth))]
      .filter((kind) => kind !== NONE)
      .sort()
      .map((kind) => [kind, f1Of(kind, answers)]),
  );
  const values = Object.values(f1);
  return {
    score: {
      macroF1:
        values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length,
      falseAlarmRatio: quiet === 0 ? 0 : alarms / quiet,
      right: answers.filter(({ truth, answer }) => truth === answer).length,
      f1,
    },
    rightUnits: new Map(answers.map(({ key, truth, answer }) => [key, truth === answer])),
  };
}

/** The most frequent answer, the first of the alphabet among equals. */
function most(votes: ReadonlyMap<string, number>): string {
  return [...votes].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))[0]![0];
}

function f1Of(kind: string, answers: readonly { truth: string; answer: string }[]): number {
  const hits = answers.filter(({ truth, answer }) => truth === kind && answer === kind).length;
  const wrong = answers.filter(
    ({ truth, answer }) => (truth === kind) !== (answer === kind),
  ).length;
  return hits === 0 ? 0 : (2 * hits) / (2 * hits + wrong);
}

/** Exact McNemar test, one-sided: how likely so many units are better by chance alone, when both are equally good. */
function mcNemar(
  forest: ReadonlyMap<string, boolean>,
  rules: ReadonlyMap<string, boolean>,
): number {
  let [better, worse] = [0, 0];
  for (const [key, right] of forest) {
    if (right && rules.get(key) === false) better += 1;
    if (!right && rules.get(key) === true) worse += 1;
  }
  const total = better + worse;
  if (total > MAX_EXACT) {
    return normalUpperTail((better - worse - 1) / Math.sqrt(total));
  }
  let probability = 0;
  let ways = 1;
  for (let wins = total; wins >= better; wins -= 1) {
    probability += ways / 2 ** total;
    ways = (ways * wins) / (total - wins + 1);
  }
  return total === 0 ? 1 : Math.min(1, probability);
}

function whyNot({
  forest,
  rules,
  pValue,
  cases,
}: {
  readonly forest: Scored;
  readonly rules: Scored;
  readonly pValue: number;
  readonly cases: number;
}): string | undefined {
  const kinds = Object.keys(forest.score.f1).length;
  if (cases < LEAST_CASES)
    return `${cases} cases are held back, at least ${LEAST_CASES} are needed`;
  if (kinds < LEAST_KINDS)
    return `${kinds} kinds are held back, at least ${LEAST_KINDS} are needed`;
  if (forest.score.falseAlarmRatio > rules.score.falseAlarmRatio)
    return 'more false alarms than the rules';
  if (forest.score.macroF1 <= rules.score.macroF1) return 'macro F1 is not above that of the rules';
  if (pValue > MAX_P_VALUE) return `better, but by chance with probability ${pValue.toFixed(2)}`;
  return undefined;
}
