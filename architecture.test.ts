// The layout as a test: who may import whom, what is pure, how long a file may be. CONTRIBUTING.md draws the same picture.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';

const ROOT = import.meta.dirname;
const MAX_FILE_LINES = 300;

/** A folder imports only folders of lower rank; equal ranks do not import each other. Longest prefix wins. */
const RANKS: Readonly<Record<string, number>> = {
  service: 0,
  'exporter/promformat': 0,
  // The alerts as data and what makes them: of neither half, both may read them.
  rules: 1,
  'exporter/sources': 2,
  'exporter/collectors': 3,
  exporter: 4,
  'analyzer/series': 1,
  'analyzer/math': 2,
  'analyzer/features': 3,
  'analyzer/forecast': 4,
  'analyzer/anomaly': 4,
  'analyzer/learning': 4,
  'analyzer/bottleneck': 5,
  'analyzer/prometheus': 6,
  'analyzer/synthetic': 6,
  'analyzer/alerts': 6,
  'analyzer/store': 6,
  'analyzer/notify': 6,
  'analyzer/remediation': 7,
  'analyzer/report': 7,
  'analyzer/inventory': 7,
  'analyzer/pipeline': 8,
  'analyzer/api': 9,
  'analyzer/console': 9,
  'analyzer/cli': 9,
  analyzer: 10,
};

/** Pure folders: no Node.js module, no clock, no chance, no network, no process. */
const PURE = [
  'exporter/promformat',
  'analyzer/series',
  'analyzer/math',
  'analyzer/features',
  'analyzer/forecast',
  'analyzer/anomaly',
  'analyzer/learning',
  'analyzer/bottleneck',
];
const IMPURE =
  /from 'node:|\bprocess\.|\bfetch\(|\bDate\.now\(|new Date\(\)|\bMath\.random\(|\bperformance\.|\bset(Timeout|Interval)\(/;

const files = globSync(
  '{service,exporter,analyzer,deploy,grafana,rules,alertmanager,bench}/**/*.{ts,tsx,mjs}',
  {
    cwd: ROOT,
    exclude: (name) => name.includes('node_modules'),
  },
);
const isTest = (file: string) => /\.(test|contract)\.ts$/.test(file);
const sourceOf = (file: string) => readFileSync(join(ROOT, file), 'utf8');

function rankOf(file: string): { folder: string; rank: number } | undefined {
  const folder = Object.keys(RANKS)
    .filter((prefix) => file.startsWith(`${prefix}/`))
    .sort((a, b) => b.length - a.length)[0];
  return folder === undefined ? undefined : { folder, rank: RANKS[folder]! };
}

function importsOf(file: string): string[] {
  return [...sourceOf(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) =>
    relative(ROOT, join(ROOT, dirname(file), match[1]!)),
  );
}

function violations(): string[] {
  return files
    .filter((file) => !isTest(file))
    .flatMap((file) => importsOf(file).flatMap((target) => judgeImport(file, target) ?? []));
}

function judgeImport(file: string, target: string): string | undefined {
  const from = rankOf(file);
  const to = rankOf(target);
  if (from === undefined) return undefined;
  if (to === undefined) return `${file} imports ${target}, which is outside the ranked folders`;
  if (from.folder === to.folder) return undefined;
  const halves = [from.folder, to.folder].map((folder) => folder.split('/')[0]);
  const crosses =
    halves[0] !== halves[1] && !['service', 'exporter/promformat', 'rules'].includes(to.folder);
  if (crosses)
    return `${file} imports ${target}: the halves share only service/, rules/ and exporter/promformat/`;
  return from.rank > to.rank
    ? undefined
    : `${file} (rank ${from.rank}) imports ${target} (rank ${to.rank})`;
}

test('a folder imports only folders of lower rank', () => {
  assert.ok(files.length > 20, 'the glob finds the sources');
  assert.deepEqual(violations(), []);
});

test('the rules above can fail', () => {
  assert.match(judgeImport('analyzer/math/a.ts', 'analyzer/forecast/b.ts') ?? '', /rank 2/);
  assert.match(judgeImport('exporter/app.ts', 'analyzer/app.ts') ?? '', /halves/);
  assert.match(judgeImport('analyzer/forecast/a.ts', 'analyzer/anomaly/b.ts') ?? '', /rank 4/);
  assert.match('const now = Date.now()', IMPURE);
});

test('pure folders know nothing of I/O, clock or chance', () => {
  const impure = files
    .filter((file) => !isTest(file) && PURE.some((folder) => file.startsWith(`${folder}/`)))
    .filter((file) => IMPURE.test(sourceOf(file)));
  assert.deepEqual(impure, []);
});

test('no file is longer than the limit', () => {
  const long = files.filter((file) => sourceOf(file).split('\n').length > MAX_FILE_LINES);
  assert.deepEqual(long, []);
});

test('no file has a name that says nothing', () => {
  assert.deepEqual(
    files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\/|\.ts$)/.test(file)),
    [],
  );
});

test('every import of a sibling names its file with the extension', () => {
  const bare = files.flatMap((file) =>
    importsOf(file).filter((target) => !/\.(ts|tsx|mjs|json)$/.test(target)),
  );
  assert.deepEqual(bare, []);
});
