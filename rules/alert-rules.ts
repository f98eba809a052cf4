// Makes alerting rules of their source and the thresholds: plain PromQL without further series, for every rule evaluator.
import { formatDuration, parseDuration } from '../service/duration.ts';
import type { AlertSource } from './alert-source.ts';
import {
  limitNumber,
  type Override,
  SEVERITIES,
  type Severity,
  type Threshold,
  type Thresholds,
} from './thresholds.ts';

const RUNBOOKS = 'https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks';
/** So many evaluations in a row: one late or lost scrape is no alert. */
const MIN_EVALUATIONS = 3;

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** One rule for each severity of its threshold. @throws {Error} on a name that thresholds.yml does not have. */
export function alertRules(source: AlertSource, all: Thresholds): AlertRule[] {
  const threshold = all.thresholds[source.threshold];
  if (threshold === undefined) {
    throw new Error(`${source.alert} has no numbers: thresholds.yml lacks ${source.threshold}`);
  }
  for (const { match } of threshold.overrides) checkMatch(source, match);
  return SEVERITIES.flatMap((severity) =>
    threshold[severity] === undefined ? [] : [alertRule(source, threshold, { all, severity })],
  );
}

interface Context {
  readonly all: Thresholds;
  readonly severity: Severity;
}

function alertRule(source: AlertSource, threshold: Threshold, { all, severity }: Context) {
  const { limit, hold } = threshold[severity]!;
  const wait = holdFor(hold, all.intervals);
  const names = { ...sharedNames(all), ...parameterNames(threshold), for: wait };
  const overrides = threshold.overrides.filter((each) => each[severity] !== undefined);
  const limitText = textOfLimit(limit, overrides, severity);
  const say = (text: string) => fill(text, { ...names, limit_text: limitText });
  const { alert, kind, summary, description, forecast, runbook, dashboard } = source;
  return {
    alert,
    expr: expression(source, { limit, overrides, severity, names }),
    for: wait,
    labels: { severity, kind },
    annotations: {
      summary: say(summary),
      description: say(description),
      ...(forecast === undefined ? {} : { forecast: say(forecast) }),
      runbook_url: `${RUNBOOKS}/${runbook}.md`,
      dashboard,
    },
  };
}

/** A typing error in a label would silently match nothing. */
function checkMatch({ alert, by, labels }: AlertSource, match: Override['match']): void {
  const known = by ?? ['job', 'instance', ...labels];
  const unknown = Object.keys(match).filter((label) => !known.includes(label));
  if (unknown.length === 0) return;
  throw new Error(
    `An override of ${alert} matches ${unknown.join(', ')}, but its labels are ${known.join(', ')}`,
  );
}

/** What is asked for, in whole evaluations, and never less than a late scrape can explain. */
export function holdFor(hold: string, intervals: Thresholds['intervals']): string {
  const evaluation = parseDuration(intervals.evaluation)!;
  const scrape = parseDuration(intervals.scrape)!;
  const least = Math.max(MIN_EVALUATIONS * evaluation, 2 * scrape + evaluation);
  const wanted = Math.max(parseDuration(hold)!, least);
  return formatDuration(Math.ceil(wanted / evaluation - 1e-9) * evaluation);
}

function sharedNames({ intervals, jobs }: Thresholds): Record<string, string> {
  return {
    scrape_interval: String(parseDuration(intervals.scrape)),
    scrape_interval_text: intervals.scrape,
    exporter_job: jobs.exporter,
    analyzer_job: jobs.analyzer,
  };
}

function parameterNames({ parameters }: Threshold): Record<string, string> {
  const entries = Object.entries(parameters).map(([name, text]) => {
    const number = limitNumber(text);
    return [name, Number.isFinite(number) ? String(number) : text];
  });
  return Object.fromEntries(entries);
}

interface Limits {
  readonly limit: string;
  readonly overrides: readonly Override[];
  readonly severity: Severity;
  readonly names: Readonly<Record<string, string>>;
}

/** The limit for everybody whom no override names, or the limits of the overrides, first match first. */
function expression(source: AlertSource, { limit, overrides, severity, names }: Limits): string {
  const select = fill(source.select, names);
  const ask = (selector: string, text: string) =>
    fill(source.expr, { ...names, select: selector, limit: String(limitNumber(text)) });
  if (overrides.length === 0) return ask(select, limit);
  const on = source.by === undefined ? '' : ` on (${source.by.join(', ')})`;
  const named = overrides.map(({ match }) => withMatchers(select, match));
  const beside = (others: readonly string[]) => others.map((other) => ` unless${on} ${other}`);
  const own = overrides.flatMap((override, index) => {
    const text = override[severity]!;
    if (text === 'off') return [];
    return [[`(${ask(named[index]!, text)})`, ...beside(named.slice(0, index))].join('\n ')];
  });
  return [[`(${ask(select, limit)})`, ...beside(named)].join('\n '), ...own].join('\nor\n');
}

function withMatchers(select: string, match: Override['match']): string {
  const added = Object.entries(match).map(([label, regex]) => `${label}=~${JSON.stringify(regex)}`);
  if (!select.endsWith('}')) return `${select}{${added.join(',')}}`;
  return `${select.slice(0, -1)},${added.join(',')}}`;
}

/** The limit as a person wrote it; with overrides a template that says the one of this alert's labels. */
function textOfLimit(limit: string, overrides: readonly Override[], severity: Severity): string {
  const own = overrides.filter((each) => each[severity] !== 'off');
  if (own.length === 0) return limit;
  const branches = own.map(({ match, ...limits }, index) => {
    const tests = Object.entries(match).map(
      ([label, regex]) => `(match \`^(?:${regex})$\` $labels.${label})`,
    );
    const condition = tests.length === 1 ? tests[0]! : `and ${tests.join(' ')}`;
    return `{{ ${index === 0 ? '' : 'else '}if ${condition} }}${limits[severity]}`;
  });
  return `${branches.join('')}{{ else }}${limit}{{ end }}`;
}

function fill(text: string, names: Readonly<Record<string, string>>): string {
  return text.replaceAll(/\[\[([a-z_]+)\]\]/g, (_, name: string) => {
    const value = names[name];
    if (value === undefined) throw new Error(`"[[${name}]]" is no name that a rule may use`);
    return value;
  });
}
