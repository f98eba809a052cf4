// The result as text: what every case led to, the confusion matrix, the figures per kind, and the bars.
import type { Report } from './run.ts';
import { BARS, belowBars, type KindScore, NONE, type Score } from './score.ts';

const BUSY_RATIO = 0.25;
const MAX_EVIDENCE_CHARS = 140;

/** The whole report, with its last line feed. */
export function renderReport(reports: readonly Report[], result: Score): string {
  const blocks = [
    ['CASES', ...reports.flatMap(renderCase)],
    ['CONFUSION MATRIX (rows: what it was, columns: what fired)', ...renderMatrix(result)],
    ['KINDS', ...renderKinds(result.kinds)],
    ['RESULT', ...renderSummary(reports, result)],
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

function renderCase(report: Report): string[] {
  const { name, outcome, problem, skipped, simulated, quietCpuRatio: busy } = report;
  if (outcome === undefined) return [`  ${skipped ? 'not run' : 'FAILED '} ${name}: ${problem}`];
  const notes = [
    ...(simulated === undefined ? [] : [`simulated: ${simulated}`]),
    ...(busy !== undefined && busy > BUSY_RATIO
      ? [`the quiet time before it was not quiet: ${(busy * 100).toFixed(0)} % of the CPUs in use`]
      : []),
  ];
  return [
    `  ${isRight(report) ? 'right  ' : 'WRONG  '} ${name}`,
    ...renderSightings(report),
    ...notes.map((note) => `            (${note})`),
  ];
}

function isRight({ outcome }: Report): boolean {
  if (outcome === undefined) return false;
  const { expected, fired, also, blamedRight } = outcome;
  const strangers = fired.filter((kind) => kind !== expected && !also.includes(kind));
  return strangers.length === 0 && (expected === undefined || blamedRight === true);
}

function renderSightings({ outcome, sightings, bestScores }: Report): string[] {
  const lines = sightings.flatMap(
    ({ kind, subject, score, seconds, prometheusSeconds, evidence }) => [
      `            ${kind} of ${nameOf(subject)}, score ${score.toFixed(2)}, after ${seconds.toFixed(0)} s` +
        ` (in Prometheus ${prometheusSeconds === undefined ? 'not seen' : `after ${prometheusSeconds.toFixed(0)} s`})`,
      ...evidence.slice(0, 1).map((text) => `              ${text.slice(0, MAX_EVIDENCE_CHARS)}`),
    ],
  );
  const isMissed = outcome?.expected !== undefined && outcome.detectSeconds === undefined;
  if (!isMissed) return lines;
  const best = bestScores.map(
    ({ kind, subject, score }) => `${kind} of ${nameOf(subject)} ${score.toFixed(2)}`,
  );
  return [
    ...lines,
    `            missed ${outcome.expected}; best scores: ${best.join(', ') || 'none'}`,
  ];
}

function nameOf(subject: Readonly<Record<string, string>>): string {
  const { instance, job, ...own } = subject;
  return own.group ?? (Object.keys(own).length === 0 ? 'the host' : JSON.stringify(own));
}

function renderMatrix({ matrix }: Score): string[] {
  const columns = [...new Set([...matrix.values()].flatMap((row) => [...row.keys()]))]
    .filter((name) => name !== NONE)
    .sort();
  const header = ['', ...columns, NONE];
  const rows = [...matrix].map(([name, row]) => [
    name,
    ...[...columns, NONE].map((column) => `${row.get(column) ?? '·'}`),
  ]);
  return alignColumns([header, ...rows]);
}

function renderKinds(kinds: readonly KindScore[]): string[] {
  const header = ['kind', 'cases', 'TP', 'FP', 'FN', 'precision', 'recall', 'F1', 'median s'];
  const rows = kinds.map((each) => [
    each.kind,
    ...[each.cases, each.truePositives, each.falsePositives, each.falseNegatives].map(String),
    ...[each.precision, each.recall, each.f1].map((value) => decimal(value, 2)),
    decimal(each.medianSeconds, 0),
  ]);
  return alignColumns([header, ...rows]);
}

function renderSummary(reports: readonly Report[], result: Score): string[] {
  const skipped = reports.filter((report) => report.skipped).map(({ name }) => name);
  const failed = reports.filter((each) => !each.skipped && each.outcome === undefined);
  const bad = [...belowBars(result), ...failed.map(({ name }) => `${name} could not be judged`)];
  const percent =
    result.blameRatio === undefined ? '–' : `${(result.blameRatio * 100).toFixed(0)} %`;
  return [
    `  macro F1                ${decimal(result.macroF1, 3)} (bar ${BARS.macroF1})`,
    `  blamed right            ${percent} (bar ${BARS.blameRatio * 100} %)`,
    `  median time to detect   ${decimal(result.medianSeconds, 0)} s (bar ${BARS.medianSeconds} s)`,
    `  the same of leaks       ${decimal(result.leakMedianSeconds, 0)} s (bar ${BARS.leakSeconds} s)`,
    `  look-alikes that fired  ${result.firedLookAlikes.length} (bar 0)`,
    ...(skipped.length > 0 ? [`  not run, not counted    ${skipped.join(', ')}`] : []),
    ...(bad.length === 0 ? ['  within the bars'] : bad.map((line) => `  beyond the bars: ${line}`)),
  ];
}

function alignColumns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map(
    (row) =>
      `  ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!))).join('  ')}`,
  );
}

function decimal(value: number | undefined, digits: number): string {
  return value === undefined ? '–' : value.toFixed(digits);
}
