// What is watched is asked for as a mean over time, which drops names: at any moment every series must have the same one.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { runPromtool } from '../../rules/promtool.ts';
import { combinePresets } from '../config.ts';
import { type FeatureSource, promqlOf } from '../features/feature.ts';
import { PRESET_NAMES, type PresetName } from './list.ts';

const RULES = new URL('../../rules/recording.yml', import.meta.url).pathname;
const SCRAPED = new URL('../../exporter/fixtures/metrics.golden.txt', import.meta.url);
/** While scrapes fail for half a minute, a rate over 15 s has ended and a recorded one over 30 s goes on. */
const VALUES = '0+7x40 _x5 322+7x60';
/** Seconds: before, at the beginning of, within and after the gap; and when the rules have begun, and shortly after. */
const MOMENTS = [150, 215, 225, 240, 300, 420];
const RULES_BEGIN = 200;

interface RuleFile {
  readonly groups: readonly { readonly rules: { expr: string }[] }[];
}

function scrapedSeries() {
  return readFileSync(SCRAPED, 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, name, labels = ''] = /^([a-z_0-9]+)(?:\{(.*)\})? /.exec(line) ?? [];
      if (name === undefined) return [];
      const all = [labels, 'job="guard"', 'instance="a"'].filter((one) => one !== '');
      return [{ series: `${name}{${all.join(',')}}`, values: VALUES }];
    });
}

function meansOf(names: readonly PresetName[]): string[] {
  const { features, signals, memory_history } = combinePresets(names, { signals: {} });
  const sources: (FeatureSource | undefined)[] = [
    ...Object.values(features),
    ...Object.values(signals),
    memory_history,
  ];
  return sources
    .filter((source) => source !== undefined)
    .flatMap((source) => [promqlOf(source, 'record'), promqlOf(source, 'expr')])
    .map((promql) => `avg_over_time((${promql})[1m:5s])`);
}

/** The answer of Prometheus' own engine to every query at every moment: its errors, and whether there was anything. */
function ask(queries: readonly string[], rules: RuleFile | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-means-'));
  try {
    if (rules !== undefined) writeFileSync(join(folder, 'rules.yml'), JSON.stringify(rules));
    const promql_expr_test = queries.flatMap((query) =>
      MOMENTS.map((moment) => ({
        expr: `0 * count(${query}) or vector(0)`,
        eval_time: `${moment}s`,
        exp_samples: [{ labels: '{}', value: 0 }],
      })),
    );
    const tests = [{ interval: '5s', input_series: scrapedSeries(), promql_expr_test }];
    const rule_files = rules === undefined ? [] : ['rules.yml'];
    const suite = { rule_files, evaluation_interval: '5s', tests };
    writeFileSync(join(folder, 'tests.yml'), JSON.stringify(suite));
    const { status, output } = runPromtool(['test', 'rules', 'tests.yml'], folder);
    return status === 0 ? '' : output.replaceAll(/^\s+/gm, '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function recordingRules(): RuleFile {
  return parse(readFileSync(RULES, 'utf8')) as RuleFile;
}

/** Rules that are added to a server which has been scraping for a while. */
function lateRules(): RuleFile {
  const rules = recordingRules();
  for (const rule of rules.groups.flatMap((group) => group.rules))
    rule.expr = `(${rule.expr}) and on () (vector(time()) >= ${RULES_BEGIN})`;
  return rules;
}

for (const [title, rules] of [
  ['without recording rules', undefined],
  ['with recording rules', recordingRules()],
  ['with recording rules that begin in between', lateRules()],
] as const)
  test(`every feature and signal has a mean over time, ${title}`, () => {
    const alone = meansOf(['latency-guard']);
    assert.equal(ask(alone, rules), '');
    assert.equal(ask(meansOf(PRESET_NAMES), rules), '');
  });

test('a mean of series whose name changes is refused, as the test would see', () => {
  const changing =
    'rate(guard_cpu_seconds_total[15s]) or last_over_time(guard_cpu_seconds_total[2m])';
  assert.match(ask([`avg_over_time((${changing})[2m:5s])`], undefined), /same labelset/);
});
