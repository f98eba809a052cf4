// Labelled windows: what was measured of a subject, what its bottleneck truly was, and what the rules said. One JSON line each.
import { z } from 'zod';
import type { HostFeatures, SubjectFeatures } from '../features/table.ts';
import type { Verdict } from '../series/finding.ts';
import { type Labels, labelsKey } from '../series/labels.ts';
import { readRow } from './vector.ts';

/** No bottleneck. */
export const NONE = 'none';
const MAX_ROWS = 200_000;
const MAX_PROBLEMS = 10;
/** From this score on a verdict is a finding; the same number as the rules have. */
const FINDING_SCORE = 0.5;

const kind = z.string().regex(/^[a-z][a-z_]*$/, 'expected a kind such as io_bound, or none');
const schema = z.strictObject({
  /** Windows of one case, such as one run of one program, are never on both sides of the split. */
  case: z.string().min(1).max(200),
  kind,
  /** What the rules said: the kind of their best finding, or none. */
  rule: kind,
  features: z.record(z.string(), z.number()),
});

export type LabelledRow = Readonly<z.infer<typeof schema>>;

export interface ParsedLabels {
  readonly rows: readonly LabelledRow[];
  /** `line 7: …`, the first ten. */
  readonly problems: readonly string[];
}

/** One object a line; empty lines are left out. */
export function parseLabels(text: string): ParsedLabels {
  const rows: LabelledRow[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const row = parseLine(line);
    if (typeof row === 'string') problems.push(`line ${index + 1}: ${row}`);
    else rows.push(row);
    if (rows.length > MAX_ROWS) problems.push(`more than ${MAX_ROWS} rows`);
    if (problems.length >= MAX_PROBLEMS || rows.length > MAX_ROWS) break;
  }
  return { rows, problems };
}

export function formatLabels(rows: readonly LabelledRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}

export interface Label {
  readonly case: string;
  /** A kind, or `none` for a look-alike. */
  readonly kind: string;
  /** Any of these sets of labels names the guilty; all of them may be. */
  readonly blames: readonly Labels[];
  /** Those of the others that are taken as examples of `none`, the busiest first. */
  readonly others: number;
}

/**
 * The rows of one moment. With a kind: the guilty subjects have it and some others have none, since who waits is not who
 * is to blame. A look-alike's subjects and those others all have none. `blames` of labels that no subject has gives no row.
 */
export function toLabelledRows(
  hosts: readonly HostFeatures[],
  verdicts: readonly Verdict[],
  label: Label,
): LabelledRow[] {
  const said = saidByRules(verdicts);
  const subjects = hosts.flatMap((host) =>
    (['host', 'group', 'target', 'probe', 'database'] as const).flatMap((entity) =>
      host.subjects(entity),
    ),
  );
  const guilty = subjects.filter((one) => label.blames.some((set) => hasAll(one.subject, set)));
  const others = subjects
    .filter((one) => one.subject.group !== undefined && !guilty.includes(one))
    .sort((a, b) => busyness(b) - busyness(a))
    .slice(0, label.others);
  const row = (one: SubjectFeatures, kind: string): LabelledRow => ({
    case: label.case,
    kind,
    rule: said.get(labelsKey(one.subject)) ?? NONE,
    features: { ...readRow(one) },
  });
  return [...guilty.map((one) => row(one, label.kind)), ...others.map((one) => row(one, NONE))];
}

/** The kind of the best finding of each subject. */
function saidByRules(verdicts: readonly Verdict[]): Map<string, string> {
  const findings = verdicts.filter(({ score }) => score >= FINDING_SCORE);
  return new Map(
    [...findings]
      .sort((a, b) => a.score - b.score)
      .map(({ subject, kind: said }) => [labelsKey(subject), said]),
  );
}

function hasAll(subject: Labels, wanted: Labels): boolean {
  return Object.entries(wanted).every(([name, value]) => subject[name] === value);
}

function busyness(subject: SubjectFeatures): number {
  return subject.value('group_cpu_cores') ?? 0;
}

function parseLine(line: string): LabelledRow | string {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return 'not JSON';
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  return `${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'wrong'}`;
}
