// The chapters about what happened: bottlenecks, actions, incidents, dates, forecasts, anomalies, busy hours.
import { busiestHours } from './busy-hours.ts';
import { chartBlock } from './chart-block.ts';
import type { Block, Cell, Chapter, TableBlock } from './document.ts';
import { missing } from './missing.ts';
import {
  type ActionOutcome,
  dataOr,
  type MatchedIncident,
  type Problem,
  type Report,
  type Section,
} from './report-data.ts';
import { cell, figure, NONE, nameOf, percent, span, titleOf } from './words.ts';
import { WEEKDAYS, type Zone } from './zone.ts';

const MAX_SHOWN = 25;
const MAX_BUSY = 5;
/** Fewer outcomes than this say nothing about a rate. */
const MIN_FOR_RATE = 3;

interface TableInput<T> {
  readonly title: string;
  /** A title that ends in # stands above figures. */
  readonly columns: readonly string[];
  readonly toCells: (one: T) => readonly Cell[];
  /** Said where there is nothing, which is known to be true. */
  readonly none: string;
}

function tableOf<T>(section: Section<readonly T[]>, input: TableInput<T>): Block {
  const { title, columns, toCells, none } = input;
  if (!('data' in section)) return missing(title, section.missing);
  if (section.data.length === 0) return { kind: 'text', text: none, tone: 'good' };
  const hidden = section.data.length - MAX_SHOWN;
  const table: TableBlock = {
    ...{ kind: 'table', title },
    columns: columns.map((each) =>
      each.endsWith('#') ? { title: each.slice(0, -1), isFigure: true } : { title: each },
    ),
    rows: section.data.slice(0, MAX_SHOWN).map(toCells),
    note: hidden > 0 ? `and ${hidden} more` : undefined,
  };
  return table;
}

export function layOutProblems({ problems, actions }: Report, zone: Zone): Chapter {
  const outcomes = dataOr(actions, []);
  const table = tableOf(problems, {
    title: 'Bottlenecks',
    columns: [
      'Kind',
      'Where',
      'Severity',
      'Firing#',
      'Episodes#',
      'Score#',
      'Last seen',
      'Outcome',
    ],
    toCells: (one) => [
      cell(titleOf(one.kind)),
      cell(nameOf(one.labels)),
      cell(one.severity, one.severity === 'critical' ? 'bad' : 'warn'),
      cell(span(one.firingSeconds)),
      cell(String(one.episodes)),
      cell(one.peakScore === undefined ? NONE : one.peakScore.toFixed(2)),
      cell(zone.minute(one.last), 'dim'),
      outcomeOf(one, outcomes),
    ],
    none: 'No bottleneck fired in this range.',
  });
  return { title: 'Bottlenecks and their outcomes', blocks: [table] };
}

function outcomeOf({ kind, isOpen }: Problem, outcomes: readonly ActionOutcome[]): Cell {
  const end = isOpen ? cell('open at the end', 'bad') : cell('over', 'good');
  const own = outcomes.filter((one) => one.kind === kind);
  if (own.length === 0) return end;
  const sum = (of: (one: ActionOutcome) => number) => own.reduce((all, one) => all + of(one), 0);
  const count = sum(
    ({ improved, noEffect, worse, unknown }) => improved + noEffect + worse + unknown,
  );
  const helped = sum(({ improved }) => improved);
  return { ...end, text: `${end.text}; actions against this kind: ${helped} of ${count} helped` };
}

export function layOutActions({ actions }: Report): Chapter {
  const table = tableOf(actions, {
    title: 'Remediation',
    columns: ['Action', 'Against', 'Improved#', 'No effect#', 'Worse#', 'Not known#', 'Success#'],
    toCells: ({ action, kind, improved, noEffect, worse, unknown }) => [
      cell(action),
      cell(titleOf(kind)),
      cell(String(improved)),
      cell(String(noEffect)),
      cell(String(worse), worse > 0 ? 'bad' : undefined),
      cell(String(unknown)),
      cell(rateOf(improved, improved + noEffect + worse)),
    ],
    none: 'No action was finished in this range.',
  });
  return { title: 'Remediation success', blocks: [table] };
}

function rateOf(good: number, all: number): string {
  return all < MIN_FOR_RATE ? `${good} of ${all}` : percent(good / all);
}

export function layOutIncidents({ incidents }: Report, zone: Zone): Chapter {
  const table = tableOf(incidents, {
    title: 'Incidents',
    columns: ['Number', 'Title', 'State', 'Priority', 'Opened', 'Resolved', 'About'],
    toCells: (one) => [
      cell(one.number),
      cell(one.title),
      cell(one.state),
      cell(one.priority),
      cell(zone.minute(one.opened), 'dim'),
      cell(one.resolved === undefined ? 'not yet' : zone.minute(one.resolved), 'dim'),
      cell(aboutOf(one)),
    ],
    none: 'No incident was opened in this range.',
  });
  return { title: 'Incidents', blocks: [table] };
}

function aboutOf({ problem, matchedBy }: MatchedIncident): string {
  if (problem === undefined) return 'no bottleneck was seen at that time';
  const how = matchedBy === 'time' ? ' (by host and time)' : '';
  return `${titleOf(problem.kind)} in ${nameOf(problem.labels)}${how}`;
}

export function layOutCapacity({ capacity, to }: Report, zone: Zone): Chapter {
  const known: Report['capacity'] =
    'data' in capacity
      ? { data: capacity.data.filter(({ early, expected }) => (early ?? expected) !== undefined) }
      : capacity;
  const left = (date: number | undefined) =>
    date === undefined ? 'not within the horizon' : `${zone.minute(date)} (${leftOf(date - to)})`;
  const table = tableOf(known, {
    title: 'Capacity dates',
    columns: ['Resource', 'Where', 'Expected', 'Early (1 in 10)'],
    toCells: ({ signal, labels, early, expected }) => [
      cell(titleOf(signal)),
      cell(nameOf(labels)),
      cell(left(expected)),
      cell(left(early)),
    ],
    none: 'Nothing reaches its limit within the horizons of the forecasts.',
  });
  return { title: 'When what runs out', blocks: [table] };
}

function leftOf(seconds: number): string {
  return seconds <= 0 ? 'reached' : `in ${span(seconds)}`;
}

export function layOutAccuracy(report: Report, zone: Zone): Chapter {
  const table = tableOf(report.accuracy, {
    title: 'Accuracy of the forecasts',
    columns: [
      'Signal',
      'Ahead#',
      'Error against "stays as it is"#',
      'Mean error#',
      'In 80 %#',
      'In 95 %#',
    ],
    toCells: ({ signal, horizon, mase, mape, coverage80, coverage95 }) => [
      cell(titleOf(signal)),
      cell(horizon),
      cell(
        mase === undefined ? NONE : mase.toFixed(2),
        mase !== undefined && mase > 1 ? 'warn' : undefined,
      ),
      cell(percent(mape)),
      cell(percent(coverage80)),
      cell(percent(coverage95)),
    ],
    none: 'No forecast could be held against what came.',
  });
  return { title: 'Forecasts against what came', blocks: [...saidCharts(report, zone), table] };
}

function saidCharts(report: Report, zone: Zone): Block[] {
  if (!('data' in report.said)) return [missing('Chart of said and came', report.said.missing)];
  return report.said.data.flatMap(({ signal, labels, unit, horizon, came, said, lower, upper }) => {
    const chart = chartBlock({
      ...{ title: `${titleOf(signal)} of ${nameOf(labels)}, said ${horizon} before`, unit },
      lines: [
        { name: 'what came', points: came },
        { name: `said ${horizon} before, with its 80 % interval`, points: said, isForecast: true },
      ],
      band: { lower, upper },
      ...{ range: report, zone },
    });
    return chart === undefined ? [] : [chart];
  });
}

export function layOutAnomalies({ anomalies }: Report): Chapter {
  const table = tableOf(anomalies, {
    title: 'Anomalies',
    columns: ['Signal', 'Where', 'Episodes#', 'Open for#'],
    toCells: ({ signal, labels, episodes, seconds }) => [
      cell(titleOf(signal)),
      cell(nameOf(labels)),
      cell(String(episodes)),
      cell(span(seconds)),
    ],
    none: 'Nothing unusual was seen in this range.',
  });
  return { title: 'Anomalies', blocks: [table] };
}

export function layOutBusyHours({ busiest }: Report): Chapter {
  const title = 'Busiest hours';
  if (!('data' in busiest)) return { title, blocks: [missing(title, busiest.missing)] };
  const { what, means, unit } = busiest.data;
  const hourName = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
  const top = busiestHours(busiest.data, MAX_BUSY);
  const highest = top[0]?.mean ?? 0;
  const items = top.map(({ weekday, hour, mean }) =>
    cell(`${WEEKDAYS[weekday]} ${hourName(hour)}–${hourName(hour + 1)}: ${figure(mean, unit)}`),
  );
  const heat: Block = {
    kind: 'heat',
    title: `${what}, mean of all hosts by hour`,
    rows: WEEKDAYS,
    columns: Array.from({ length: 24 }, (_, hour) => String(hour)),
    shares: means.map((hours) =>
      hours.map((mean) => (mean === undefined ? undefined : highest > 0 ? mean / highest : 0)),
    ),
    words: means.map((hours, day) =>
      hours.map((mean, hour) => `${WEEKDAYS[day]} ${hourName(hour)}: ${figure(mean, unit)}`),
    ),
  };
  return { title, blocks: [heat, { kind: 'list', items }] };
}
