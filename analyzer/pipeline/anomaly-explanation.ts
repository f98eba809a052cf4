// An event put into words: what is unusual, compared with what, who contributed, who moved alike, what was first, who agrees.
import type { AnomalyEvent, Contribution } from '../series/anomaly.ts';
import type { Evidence } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';

const MAX_DIGITS = 3;

/** `group_cpu{group="web"}`: the labels of the host go without saying. */
export function nameOf(signal: string, labels: Labels): string {
  const own = Object.entries(labels).filter(([name]) => name !== 'job' && name !== 'instance');
  const text = own.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',');
  return text === '' ? signal : `${signal}{${text}}`;
}

/** @param promqlOf the expression that shows a series. @param comparisons what other than the series' own past was compared with. */
export function explainEvent(
  event: Omit<AnomalyEvent, 'evidence'>,
  promqlOf: (signal: string, labels: Labels) => string,
  comparisons: readonly string[],
): Evidence[] {
  const { contributions, correlated, first, agreeing, confidence, since } = event;
  const [top] = contributions;
  const promql = top === undefined ? '' : promqlOf(top.signal, top.labels);
  const lines = [
    `unusual since ${utc(since)}, compared with ${['its own past', ...comparisons].join(' and ')}`,
    ...(first === undefined
      ? []
      : [`${first.name} left what is usual first, at ${utc(first.time)}`]),
    ...(correlated.length === 0
      ? []
      : [`moves alike: ${correlated.map(describeCorrelation).join(', ')}`]),
    `agreed by ${agreeing.join(', ') || 'nobody else'}; confidence ${confidence.toFixed(2)}`,
  ];
  return [
    ...contributions.map((one) => ({
      text: describeContribution(one),
      promql: promqlOf(one.signal, one.labels),
    })),
    ...lines.map((text) => ({ text, promql })),
  ];
}

function describeContribution({ signal, labels, share, ...rest }: Contribution): string {
  const { actual, expected, lower, upper } = rest;
  const band = `expected ${number(expected)} (${number(lower)} to ${number(upper)})`;
  return `${nameOf(signal, labels)} is ${number(actual)}, ${band}: ${Math.round(share * 100)} % of it`;
}

function describeCorrelation({
  name,
  correlation,
  lagSeconds,
}: AnomalyEvent['correlated'][number]) {
  const when =
    lagSeconds === 0
      ? 'at once'
      : `${Math.abs(Math.round(lagSeconds))} s ${lagSeconds > 0 ? 'later' : 'before'}`;
  return `${name} (${correlation.toFixed(2)}, ${when})`;
}

function number(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(MAX_DIGITS))) : 'unknown';
}

function utc(seconds: number): string {
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
