// The state of the loop as lines of text for a terminal of a given width. Pure: no clock, no terminal.
import type { AlertView, FindingView, LoopState, RunwayView } from './loop-state.ts';
import { fit, formatSpan, formatValue, printable } from './text.ts';

const MAX_FINDINGS = 8;
const MAX_RUNWAYS = 3;
const MAX_ALERTS = 6;
const GROUP_WIDTH = 24;
const KIND_WIDTH = 15;
const MIN_WIDTH = 20;

/** The whole table; every line fits `width` columns. */
export function renderTable(state: LoopState, width: number): string[] {
  const lines = [
    ...headLines(state),
    ...findingLines(state),
    ...runwayLines(state),
    ...alertLines(state),
  ];
  return lines.map((line) => fit(line, Math.max(width, MIN_WIDTH)));
}

/** The state in one line, for an output that is no terminal. */
export function renderSummary(state: LoopState): string {
  const findings = openFindings(state);
  const worst = findings?.[0];
  const next = nextToRunOut(state)[0];
  return [
    statusText(state),
    findings === undefined
      ? 'bottlenecks unknown'
      : `${count(findings.length, 'bottleneck')}${worst ? `, first ${nameOf(worst)} (score ${worst.score.toFixed(2)})` : ''}`,
    ...(next ? [`next to run out: ${runwayText(next)}`] : []),
    alertCount(state),
  ].join('; ');
}

/** What is different from the state before, one line each; empty when nothing that matters changed. */
export function renderChanges(before: LoopState | undefined, now: LoopState): string[] {
  return [
    ...(statusText(now) === statusText(before ?? { atSeconds: 0, troubles: [] })
      ? []
      : [statusText(now)]),
    ...changedFindings(before?.findings, now.findings),
    ...changedAlerts(before?.alerts, now.alerts),
    ...now.troubles
      .filter((trouble) => !before?.troubles.includes(trouble))
      .map((trouble) => `no answer from ${printable(trouble)}`),
  ];
}

/** `cpu_saturation in nginx`, `dependency_slow in api`, or the kind alone when the whole host is meant. */
export function nameOf({ kind, subject }: Pick<FindingView, 'kind' | 'subject'>): string {
  const who = whoOf(subject);
  return printable(who === undefined ? kind : `${kind} in ${who}`);
}

/** The process group, or what else a finding may be about. */
function whoOf(subject: FindingView['subject']): string | undefined {
  return subject.group ?? subject.target ?? subject.probe ?? subject.database_server;
}

function headLines(state: LoopState): string[] {
  const { status } = state;
  const seen = status
    ? `${count(status.groups, 'process group')}, ${count(status.forecasts, 'forecast')}`
    : '';
  return [
    ['Latency Guard', statusText(state), seen].filter(Boolean).join(' · '),
    ...state.troubles.map((trouble) => `  no answer from ${printable(trouble)}`),
    '',
  ];
}

function statusText({ status }: LoopState): string {
  if (status === undefined) return 'analyzer does not answer';
  const reason = status.reason === null ? '' : `: ${printable(status.reason)}`;
  return `analyzer ${printable(status.state).replaceAll('_', ' ')}${reason}`;
}

function findingLines(state: LoopState): string[] {
  const all = openFindings(state);
  if (all === undefined) return ['Bottlenecks: unknown', ''];
  if (all.length === 0) {
    const warming = state.status?.state === 'warming_up';
    return [`Bottlenecks: none ${warming ? 'yet, still warming up' : 'now'}`, ''];
  }
  return [
    `Bottlenecks   ${pad('kind', KIND_WIDTH)} ${pad('process group', GROUP_WIDTH)} state    since`,
    ...all.slice(0, MAX_FINDINGS).flatMap((finding) => findingRows(finding, state.atSeconds)),
    ...more(all.length, MAX_FINDINGS),
    '',
  ];
}

function findingRows(finding: FindingView, atSeconds: number): string[] {
  const { score, kind, subject, state, since, evidence, suggestions } = finding;
  const age = formatSpan(Math.max(0, atSeconds - since));
  return [
    `  score ${score.toFixed(2)}  ${pad(kind, KIND_WIDTH)} ${pad(whoOf(subject) ?? '(host)', GROUP_WIDTH)} ${pad(state, 8)} ${age}`,
    ...evidence.slice(0, 1).map(({ text }) => `    why: ${printable(text)}`),
    ...suggestions.slice(0, 1).map(({ text }) => `    try: ${printable(text)}`),
  ];
}

function runwayLines(state: LoopState): string[] {
  if (state.runway === undefined) return ['Next to run out: unknown', ''];
  const near = nextToRunOut(state);
  if (near.length === 0) return ['Next to run out: nothing within the forecast horizon', ''];
  return [
    'Next to run out',
    ...near.slice(0, MAX_RUNWAYS).map((runway) => `  ${runwayText(runway)}`),
    '',
  ];
}

/** What will more likely than not; the early edge of a wide band alone would cry wolf here. */
function nextToRunOut({ runway = [] }: LoopState): readonly RunwayView[] {
  return runway.filter(({ secondsP50 }) => secondsP50 !== null);
}

function runwayText(runway: RunwayView): string {
  const { signal, labels, value, limit, unit } = runway;
  const subject = labels.group ?? labels.mountpoint ?? labels.device ?? labels.instance ?? '';
  const now =
    value === null || limit === null
      ? ''
      : ` ${formatValue(value, unit)} of ${formatValue(limit, unit)},`;
  return printable(`${signal} ${subject}:${now} ${whenText(runway)}`);
}

function alertCount({ alerts, alertsGoNowhere = false }: LoopState): string {
  if (alertsGoNowhere) return 'no Alertmanager';
  return alerts === undefined ? 'alerts unknown' : count(alerts.length, 'active alert');
}

function whenText({ secondsP10, secondsP50, secondsP90 }: RunwayView): string {
  if (secondsP50 === 0) return 'over its limit now';
  if (secondsP50 === null) return 'limit not reached within the horizon';
  const latest = secondsP90 === null ? 'never' : formatSpan(secondsP90);
  return `limit reached in about ${formatSpan(secondsP50)} (${formatSpan(secondsP10 ?? secondsP50)} to ${latest})`;
}

function alertLines({ alerts, alertsGoNowhere = false, atSeconds }: LoopState): string[] {
  if (alertsGoNowhere) return ['Alerts: no Alertmanager (--alertmanager.url names one)'];
  if (alerts === undefined) return ['Alerts: unknown'];
  if (alerts.length === 0) return ['Alerts in Alertmanager: none'];
  const age = (alert: AlertView) =>
    formatSpan(Math.max(0, atSeconds - Date.parse(alert.startsAt) / 1000));
  return [
    'Alerts in Alertmanager',
    ...alerts.slice(0, MAX_ALERTS).map((alert) => `  ${alertText(alert)}, for ${age(alert)}`),
    ...more(alerts.length, MAX_ALERTS),
  ];
}

function alertText({ labels }: AlertView): string {
  const { alertname = 'alert', severity = 'no severity', group, instance = '' } = labels;
  return printable(`${alertname} (${severity}) ${group ?? instance}`.trimEnd());
}

function changedFindings(
  before: readonly FindingView[] | undefined,
  now: readonly FindingView[] | undefined,
): string[] {
  if (now === undefined) return [];
  const old = new Map((before ?? []).map((finding) => [keyOf(finding), finding]));
  const present = new Set(now.map(keyOf));
  const changed = now
    .filter((finding) => old.get(keyOf(finding))?.state !== finding.state)
    .map((finding) => {
      const [evidence] = finding.evidence;
      const [suggestion] = finding.suggestions;
      const detail = [evidence && `why: ${evidence.text}`, suggestion && `try: ${suggestion.text}`];
      const words = [`${nameOf(finding)} is ${finding.state}, score ${finding.score.toFixed(2)}`];
      return printable([...words, ...detail.filter(Boolean)].join('; '));
    });
  const gone = [...old.values()]
    .filter((finding) => !present.has(keyOf(finding)))
    .map((finding) => `${nameOf(finding)} is gone`);
  return [...changed, ...gone];
}

function changedAlerts(
  before: readonly AlertView[] | undefined,
  now: readonly AlertView[] | undefined,
): string[] {
  if (now === undefined) return [];
  const old = new Set((before ?? []).map(alertText));
  const present = new Set(now.map(alertName));
  // A severity that changes makes one alert end and another begin: said once, as the new one.
  const gone = (before ?? []).filter((alert) => !present.has(alertName(alert)));
  const fresh = now.map(alertText).filter((text) => !old.has(text));
  return [
    ...[...new Set(fresh)].map((text) => `alert in Alertmanager: ${text}`),
    ...[...new Set(gone.map(alertText))].map((text) => `alert no longer in Alertmanager: ${text}`),
  ];
}

function alertName({ labels }: AlertView): string {
  return JSON.stringify([labels.alertname, whoOf(labels), labels.instance]);
}

function openFindings({ findings }: LoopState): readonly FindingView[] | undefined {
  return findings?.filter((finding) => finding.state !== 'resolved');
}

function keyOf({ kind, subject }: FindingView): string {
  return JSON.stringify([kind, whoOf(subject), subject.instance, subject.job]);
}

function pad(text: string, width: number): string {
  return fit(printable(text), width, { fill: true });
}

function more(length: number, shown: number): string[] {
  return length > shown ? [`  … and ${length - shown} more`] : [];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
