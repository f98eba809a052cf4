import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Point } from '../series/series.ts';
import { type HintQuestion, hintSubject, toHint } from './hint.ts';
import { HINTED_KINDS, hintQuestions } from './hints.ts';
import {
  deploymentQuery,
  identityQueries,
  reloadFailureQuery,
  reloadQuery,
} from './hints-changes.ts';
import { HOT_SYMBOLS, SYSTEM_SHARE } from './hints-compute.ts';
import { OTHER_TARGETS } from './hints-traffic.ts';
import { versionQueries } from './hints-version.ts';
import { RULES } from './list.ts';

const shop = hintSubject({ job: 'guard', instance: 'a.b:10910', group: 'sh"op' });
const point = (labels: Record<string, string>, value: number): Point => ({
  labels,
  value,
  time: 0,
});

test('every kind has questions, the first of each is of its own subject or host', () => {
  assert.deepEqual(new Set(HINTED_KINDS), new Set(RULES.map(({ kind }) => kind)));
  assert.deepEqual(hintQuestions('nothing_like_it'), []);
  for (const kind of HINTED_KINDS) {
    assert.ok(hintQuestions(kind).length <= 6, `${kind} asks few questions`);
  }
});

test('Prometheus accepts every query, with labels that need escaping, and with those of every sort of subject', (t) => {
  const base = { job: 'guard', instance: 'a.b:10910' };
  const subjects = [
    shop,
    hintSubject(base),
    hintSubject({ ...base, target: 'gw' }),
    hintSubject({ ...base, probe: 'pay' }),
    hintSubject({ ...base, database_server: 'orders' }),
  ];
  const all = (question: HintQuestion): HintQuestion[] => [
    question,
    ...(question.otherwise === undefined ? [] : all(question.otherwise)),
  ];
  const queries = subjects.flatMap((subject) => [
    ...HINTED_KINDS.flatMap((kind) => hintQuestions(kind).flatMap(all)).map((one) =>
      one.promql(subject),
    ),
    ...Object.values(identityQueries(subject)),
    ...Object.values(versionQueries(subject)),
    reloadQuery(subject, 1e9),
    reloadFailureQuery(subject),
    deploymentQuery('shop'),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'guard-hints-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'hints.yml');
  const rules = queries.map((expr, index) => ({ record: `hint:${index}`, expr }));
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'hints', rules }] }));
  assert.match(
    String(execFileSync('promtool', ['check', 'rules', '--lint=none', file])),
    /SUCCESS/,
  );
});

test('a hint is one sentence with the largest first, and carries its PromQL', () => {
  const hint = toHint(HOT_SYMBOLS, shop, [
    point({ symbol: 'parse', object: 'libx.so' }, 0.2),
    point({ symbol: 'unknown', object: '' }, Number.NaN),
    point({ symbol: 'hash', object: 'shop' }, 0.61),
  ]);
  assert.equal(hint?.text, 'sh"op spends its CPU time in hash (shop) 61 %, parse (libx.so) 20 %');
  assert.equal(
    hint?.promql,
    'topk(3, guard_perf_hotspot_ratio{job="guard",instance="a.b:10910",group="sh\\"op"})',
  );
  assert.equal(toHint(HOT_SYMBOLS, shop, []), undefined);
  assert.equal(toHint(HOT_SYMBOLS, shop, [point({}, Number.NaN)]), undefined, 'NaN is no answer');
});

test('of a host shares of different groups are not mixed', () => {
  const host = hintSubject({ job: 'guard', instance: 'a.b:10910' });
  assert.equal(toHint(HOT_SYMBOLS, host, [point({ symbol: 'hash' }, 0.6)]), undefined);
  assert.match(
    toHint(SYSTEM_SHARE, host, [point({}, 0.2)])?.text ?? '',
    /^20 % of the CPU time of the host/,
  );
  assert.match(SYSTEM_SHARE.promql(host), /^sum by \(job, instance\)/);
});

test('where there are no hot functions it is said why, or how to get them', () => {
  const say = (...labels: Record<string, string>[]) =>
    toHint(
      HOT_SYMBOLS.otherwise!,
      shop,
      labels.map((each) => point(each, 1)),
    )?.text ?? '';
  const up = { collector: 'process' };
  assert.match(say(up), /set perf\.record\.enabled: true in exporter\.yml/);
  assert.match(
    say({ what: 'record', reason: 'permission_denied' }, up),
    /cannot record .*permission_denied/,
  );
  assert.match(say({ instance: 'a.b:10910' }, up), /no samples of sh"op yet/);
  assert.equal(say(), '', 'another exporter knows nothing of perf: nothing is said');
});

test('one ill path is told from an ill link', () => {
  const say = (...losses: number[]) =>
    toHint(
      OTHER_TARGETS,
      shop,
      losses.map((loss, index) => point({ target: `t${index}` }, loss)),
    )?.text;
  assert.match(say(0.5, 0, 0) ?? '', /^1 of 3 ping targets .*: t0 50 %$/);
  assert.match(say(0, 0) ?? '', /^none of the 2/);
  assert.equal(say(0.5), undefined, 'one target alone tells nothing of the others');
});

test('a reload is looked for on every port of the host, dots taken literally', () => {
  assert.match(
    reloadQuery(shop, 1_000_000),
    /instance=~"a\\\\\.b\(:\[0-9\]\+\)\?"\} > 999100 unless on/,
  );
});
