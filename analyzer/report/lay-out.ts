// Lays a report out: first what everybody has to know, on one screen; then chapter by chapter.
import type { Block, Chapter, ReportDocument, Tone } from './document.ts';
import { layOutMeasures } from './lay-out-measures.ts';
import {
  layOutAccuracy,
  layOutActions,
  layOutAnomalies,
  layOutBusyHours,
  layOutCapacity,
  layOutIncidents,
  layOutProblems,
} from './lay-out-outcomes.ts';
import { missing } from './missing.ts';
import { type CapacityDate, CHAPTERS, type HostState, type Report } from './report-data.ts';
import { soonest } from './summarize.ts';
import { cell, nameOf, plural, printable, span, titleOf, wordsOf } from './words.ts';
import { createZone, type Zone } from './zone.ts';

const MAX_CARDS = 12;

export function layOut(report: Report): ReportDocument {
  const zone = createZone(report.timeZone);
  const document: ReportDocument = {
    title: 'Latency Guard: performance report',
    subtitle: `${zone.minute(report.from)} to ${zone.minute(report.to)} (${zone.day(report.to).slice(-10, -6)}), ${zone.name}`,
    headline: headlineOf(report),
    chapters: [
      firstScreen(report, zone),
      layOutProblems(report, zone),
      layOutActions(report),
      layOutIncidents(report, zone),
      layOutCapacity(report, zone),
      layOutAccuracy(report, zone),
      layOutAnomalies(report),
      layOutBusyHours(report),
      ...CHAPTERS.map((title) => layOutMeasures(title, report, zone)),
    ],
    footer: [
      `Made ${zone.day(report.made)} ${zone.minute(report.made).slice(-5)} from ${report.source}.`,
      `Figures are of values looked at every ${span(report.step)}; shorter peaks may be missing. Change: against the same time before.`,
    ],
  };
  return clean(document);
}

const STATES: Readonly<Record<HostState, { readonly word: string; readonly tone: Tone }>> = {
  critical: { word: 'in trouble', tone: 'bad' },
  watch: { word: 'to be watched', tone: 'warn' },
  good: { word: 'all right', tone: 'good' },
  unknown: { word: 'not known', tone: 'dim' },
};

function headlineOf({ summary: { hosts, topProblems, nextOut } }: Report): string {
  if (hosts.length === 0) return 'No host was seen: nothing can be said about this range';
  const counts = (Object.keys(STATES) as HostState[]).flatMap((state) => {
    const count = hosts.filter((host) => host.state === state).length;
    return count === 0 ? [] : [`${count} ${STATES[state].word}`];
  });
  const [worst] = topProblems;
  const problem =
    worst === undefined ? [] : [`worst: ${wordsOf(worst.kind)} in ${nameOf(worst.labels)}`];
  const [first] = nextOut;
  const next = first === undefined ? [] : [`next out: ${subjectOf(first)}`];
  return `${plural(hosts.length, 'host')}: ${[counts.join(', '), ...problem, ...next].join('; ')}`;
}

function firstScreen(report: Report, zone: Zone): Chapter {
  const { hosts, topProblems, nextOut } = report.summary;
  const cards = hosts.slice(0, MAX_CARDS).map(({ instance, state, why }) => ({
    title: instance,
    state: STATES[state].word,
    tone: STATES[state].tone,
    text: why,
  }));
  const rest = hosts.length - cards.length;
  const verdicts: Block =
    cards.length === 0
      ? missing('Hosts', reasonOfNoHosts(report))
      : {
          ...{ kind: 'cards', title: 'Verdict per host', cards },
          ...(rest > 0 ? { note: `and ${plural(rest, 'more host')}, none in a worse state` } : {}),
        };
  const problems: Block = !('data' in report.problems)
    ? missing('Top problems', report.problems.missing)
    : {
        kind: 'list',
        items:
          topProblems.length === 0
            ? [cell('No bottleneck fired.', 'good')]
            : topProblems.map((problem) =>
                cell(
                  `${titleOf(problem.kind)} in ${nameOf(problem.labels)}: ${span(problem.firingSeconds)} in ${plural(problem.episodes, 'episode')}${problem.isOpen ? ', open at the end' : ''}`,
                  problem.severity === 'critical' ? 'bad' : 'warn',
                ),
              ),
      };
  const dates: Block = !('data' in report.capacity)
    ? missing('What runs out', report.capacity.missing)
    : {
        kind: 'list',
        items:
          nextOut.length === 0
            ? [cell('Nothing runs out within the horizons of the forecasts.', 'good')]
            : nextOut.map((date) => cell(dateSentence(date, zone))),
      };
  return {
    title: 'At a glance',
    blocks: [
      verdicts,
      { kind: 'text', text: 'Top problems', tone: 'dim' },
      problems,
      { kind: 'text', text: 'What runs out next', tone: 'dim' },
      dates,
    ],
  };
}

function reasonOfNoHosts({ measures }: Report): string {
  const [first] = measures;
  return first !== undefined && 'missing' in first.section
    ? first.section.missing
    : 'none was seen';
}

function dateSentence(date: CapacityDate, zone: Zone): string {
  const at = zone.minute(soonest(date)!);
  const surely =
    date.expected === undefined ? 'could reach its limit from' : 'reaches its limit about';
  return `${subjectOf(date)} ${surely} ${at}`;
}

export function subjectOf({ signal, labels }: Pick<CapacityDate, 'signal' | 'labels'>): string {
  return `${titleOf(signal)} of ${nameOf(labels)}`;
}

/** Nothing from outside breaks a line or a terminal. */
function clean<T>(value: T): T {
  if (typeof value === 'string') return printable(value) as T;
  if (Array.isArray(value)) return value.map(clean) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clean(one)])) as T;
}
