// A backtest as text: per signal and horizon one table of figures by model, then whether the dates were right.
import { formatSpan } from '../bottleneck/format.ts';
import type { BacktestReport, SubjectReport } from '../report/backtest-report.ts';
import {
  describeSubject,
  SCORE_COLUMNS,
  scoreCells,
  thresholdSentences,
} from '../report/backtest-text.ts';
import { printable, renderColumns } from './columns.ts';
import { formatDate, zoneName } from './quantity.ts';

export function renderBacktest({ from, to, source, subjects }: BacktestReport): string[] {
  const range = `${formatDate(from, 0)} to ${formatDate(to, 0)} ${zoneName(to)}`;
  return [
    `Backtest over ${range} (${formatSpan(to - from)}) of ${source}`,
    '',
    ...subjects.flatMap(subjectLines),
  ];
}

function subjectLines(subject: SubjectReport): string[] {
  const { signal, unit, all, byModel, threshold, absent } = subject;
  const head = [printable(signal), `  ${describeSubject(subject)}`];
  const missing = absent.map(
    ({ reason, detail, count }) => `  at ${count} origins: ${reason}: ${printable(detail)}`,
  );
  if (all === null)
    return [...head, '  no forecast could be held against what came', ...missing, ''];
  const rows = [
    ...byModel.map((scores) => [scores.model, ...scoreCells(scores, unit)]),
    ...(byModel.length > 1 ? [['all', ...scoreCells(all, unit)]] : []),
  ];
  const columns = SCORE_COLUMNS.map(([title]) => ({ title, align: 'right' as const }));
  const table = renderColumns([{ title: 'model' }, ...columns], rows).map((line) => `  ${line}`);
  const dates = threshold === null ? [] : thresholdSentences(threshold).map((text) => `  ${text}`);
  return [...head, ...table, ...dates, ...missing, ''];
}
