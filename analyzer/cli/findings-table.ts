// Findings and dates as lines of text for `top`, `findings`, `explain` and `check`.
import { formatSpan } from '../bottleneck/format.ts';
import type {
  FindingView,
  RunwayView,
  StatusView,
  SuggestionRecordView,
} from './analyzer-client.ts';
import { fit, printable, renderColumns } from './columns.ts';
import type { Paint, Style } from './paint.ts';
import { formatDate, formatLabels, formatValue, zoneName } from './quantity.ts';

const RUNBOOKS = 'docs/runbooks';
const INDENT = '  ';
const MAX_RUNWAYS = 5;
const STYLES: Readonly<Record<FindingView['severity'], Style>> = {
  info: 'blue',
  warning: 'yellow',
  critical: 'red',
};

export interface Look {
  readonly columns: number;
  readonly paint: Paint;
  /** Unix seconds. */
  readonly now: number;
}

/** The process group, or what a finding without one is about. */
export function nameOfSubject({ subject }: Pick<FindingView, 'subject'>): string | undefined {
  return subject.group ?? subject.target ?? subject.probe ?? subject.database_server;
}

/** `cpu_saturation in nginx on host:10910`. */
export function describeFinding({ kind, subject }: FindingView): string {
  const name = nameOfSubject({ subject });
  const group = name === undefined ? '' : ` in ${name}`;
  const instance = subject.instance === undefined ? '' : ` on ${subject.instance}`;
  return printable(`${kind}${group}${instance}`);
}

export function renderFindings(findings: readonly FindingView[], { now }: Look): string[] {
  if (findings.length === 0) return ['No bottleneck is open.'];
  const score = { title: 'score', align: 'right' as const };
  const titles = ['kind', 'subject', 'instance', 'severity', 'state', 'since'];
  return renderColumns(
    [score, ...titles.map((title) => ({ title }))],
    findings.map(({ score, kind, subject, severity, state, since }) => [
      ...[score.toFixed(2), kind, nameOfSubject({ subject }) ?? '(host)', subject.instance ?? ''],
      ...[severity, state, formatSpan(Math.max(0, now - since))],
    ]),
  );
}

/** Everything that is known of one finding. */
export function renderExplanation(finding: FindingView, { paint, now }: Look): string[] {
  const { score, confidence, severity, state, since, evidence, suggestions, kind } = finding;
  const age = `${formatSpan(Math.max(0, now - since))} (${formatDate(since, now)} ${zoneName(now)})`;
  return [
    paint(describeFinding(finding), 'bold'),
    `${INDENT}score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}, ${paint(severity, STYLES[severity])}, ${state} for ${age}`,
    '',
    'Why',
    ...claimLines(evidence, paint),
    ...section('Who waits because of it', finding.victims, paint),
    ...section('What changed before', finding.changes, paint),
    ...section('Hints', finding.hints, paint),
    ...section('What moves with it (no proof of a cause)', finding.correlated, paint),
    ...untoldLines(finding.untold, paint),
    ...learnedLines(finding),
    '',
    'What to do',
    ...suggestions.flatMap(({ text, reason, record }, index) => [
      `${INDENT}${index + 1}. ${printable(text)}`,
      ...(reason === '' ? [] : [`${INDENT}   because ${printable(reason)}`]),
      ...(record ? [paint(`${INDENT}   so far ${describeRecord(record)}`, 'dim')] : []),
    ]),
    '',
    `Runbook: ${RUNBOOKS}/${printable(kind)}.md`,
  ];
}

/** `accepted 1, helpful 3, not helpful 1: 72 % sure to help`; what nobody said is left out. */
export function describeRecord(record: SuggestionRecordView): string {
  const said = [
    ...[`accepted ${record.accepted}`, `rejected ${record.rejected}`],
    ...[`helpful ${record.helpful}`, `not helpful ${record.notHelpful}`],
    ...[`proved improved ${record.improved}`, `proved no effect ${record.noEffect}`],
    `proved worse ${record.worse}`,
  ].filter((text) => !text.endsWith(' 0'));
  return `${said.join(', ') || 'nothing was said'}: ${Math.round(record.mean * 100)} % sure to help`;
}

interface Claim {
  readonly text: string;
  readonly promql: string;
  readonly shownBy?: string | null | undefined;
}

function claimLines(claims: readonly Claim[], paint: Paint): string[] {
  return claims.flatMap(({ text, promql, shownBy }) => [
    `${INDENT}${printable(text)}`,
    paint(`${INDENT}${INDENT}${printable(promql || (shownBy ?? ''))}`, 'dim'),
  ]);
}

function section(title: string, claims: readonly Claim[] | null | undefined, paint: Paint) {
  if (!claims || claims.length === 0) return [];
  return ['', title, ...claimLines(claims, paint)];
}

function untoldLines(untold: readonly string[] | null | undefined, paint: Paint): string[] {
  if (!untold || untold.length === 0) return [];
  return ['', 'Not told', ...untold.map((text) => paint(`${INDENT}${printable(text)}`, 'dim'))];
}

function learnedLines({ kind, learned }: FindingView): string[] {
  if (!learned) return [];
  const says = learned.kind === kind ? 'agrees' : `says ${printable(learned.kind)}`;
  const weight = learned.counts
    ? 'it counts in the ranking'
    : 'it does not count: it has not beaten the rules';
  return [
    '',
    `Learned model ${learned.model} ${says} (${learned.probability.toFixed(2)}; ${learned.agreement.toFixed(2)} for this kind); ${weight}`,
  ];
}

export interface TopState {
  readonly status: StatusView;
  readonly findings: readonly FindingView[];
  readonly runway: readonly RunwayView[];
}

/** The whole screen, every line within the columns, at most `rows` lines. */
export function renderTop(
  { status, findings, runway }: TopState,
  look: Look,
  rows: number,
): string[] {
  const state = status.state.replaceAll('_', ' ');
  const reason = status.reason === null ? '' : `: ${printable(status.reason)}`;
  const seen = `${status.groups} process groups, ${status.forecasts} forecasts`;
  const head = fit(`Latency Guard · ${state}${reason} · ${seen}`, look.columns);
  const near = runway.filter(({ secondsP50 }) => secondsP50 !== null).slice(0, MAX_RUNWAYS);
  const dates = near.map((entry) => fit(`${INDENT}${describeRunway(entry)}`, look.columns));
  const next =
    near.length === 0
      ? ['Next to run out: nothing within the horizon']
      : ['Next to run out', ...dates];
  const room = Math.max(1, rows - next.length - 5);
  const open = findings.filter(({ state }) => state !== 'resolved');
  const body =
    open.length === 0
      ? ['Bottlenecks: none now']
      : ['Bottlenecks', ...open.flatMap((one) => rankedLines(one, look))];
  return [
    head,
    '',
    ...body.slice(0, room),
    ...(body.length > room ? [`${INDENT}…`] : []),
    '',
    ...next,
  ];
}

function rankedLines(finding: FindingView, { columns, paint, now }: Look): string[] {
  const { score, severity, state, since, evidence, suggestions } = finding;
  const bar = '█'.repeat(Math.round(score * 10)).padEnd(10, '░');
  const age = formatSpan(Math.max(0, now - since));
  const text = fit(`${describeFinding(finding)}, ${state} for ${age}`, columns - 20);
  const line = (label: string, words: string | undefined) =>
    words === undefined ? [] : [fit(`        ${label}: ${printable(words)}`, columns)];
  return [
    `${INDENT}${score.toFixed(2)} ${paint(bar, STYLES[severity])} ${text}`,
    ...line('why', evidence[0]?.text),
    ...line('try', suggestions[0]?.text),
  ];
}

/** `filesystem mountpoint="/": 81 % of 90 %, reached in about 3.2 h (2 h to 5 h)`. */
export function describeRunway(entry: RunwayView): string {
  const { signal, labels, unit, value, limit, secondsP10, secondsP50, secondsP90 } = entry;
  const { job, ...rest } = labels;
  const figures =
    value === null || limit === null
      ? ''
      : ` ${formatValue(value, unit)} of ${formatValue(limit, unit)},`;
  const head = `${signal} ${formatLabels(rest)}:${figures}`;
  if (secondsP50 === null) return `${head} not reached within the horizon`;
  if (secondsP50 === 0) return `${head} reached now`;
  const late = secondsP90 === null ? 'never' : formatSpan(secondsP90);
  return `${head} reached in about ${formatSpan(secondsP50)} (${formatSpan(secondsP10 ?? secondsP50)} to ${late})`;
}
