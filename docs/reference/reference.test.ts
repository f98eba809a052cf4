// The reference of configuration keys: complete, described, and what the schemas say today.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { duration, httpUrl } from '../../service/config.ts';
import { PAGES, renderPage } from './pages.ts';
import { schemaRows } from './schema-rows.ts';

const ROOT = join(import.meta.dirname, '../..');

for (const page of PAGES) {
  test(`${page.file} is what the schemas say (npm run docs:build)`, () => {
    assert.equal(readFileSync(join(import.meta.dirname, page.file), 'utf8'), renderPage(page));
  });

  test(`every key of ${page.title} is described by a sentence`, () => {
    const rows = schemaRows(page.schema);
    assert.ok(rows.length > 20);
    const bare = rows.filter(({ description = '' }) => !/^.{6,}[.…]$/.test(description));
    assert.deepEqual(
      bare.map(({ path }) => path),
      [],
    );
  });
}

for (const [file, example] of [
  ['exporter.md', 'exporter/exporter.yml'],
  ['analyzer.md', 'analyzer/analyzer.yml'],
] as const) {
  test(`every key of ${example} has its row in ${file}, with that default`, () => {
    const page = PAGES.find((each) => each.file === file);
    assert.ok(page);
    const rows = new Map(schemaRows(page.schema).map((row) => [row.path, row]));
    const wrong: string[] = [];
    for (const [path, value] of leaves(parse(readFileSync(join(ROOT, example), 'utf8')), '')) {
      const row = rows.get(path);
      if (row === undefined) wrong.push(`${path} has no row`);
      else if (row.fallback !== undefined && !sameValue(row.fallback, value))
        wrong.push(`${path}: ${row.fallback} in the schema, ${JSON.stringify(value)} in the file`);
    }
    assert.deepEqual(wrong, []);
  });
}

/** Keys with the values of sections taken apart; an empty map is a value. */
function leaves(value: unknown, path: string): [string, unknown][] {
  const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isSection || Object.keys(value).length === 0) return [[path, value]];
  return Object.entries(value).flatMap(([key, below]) =>
    leaves(below, path === '' ? key : `${path}.${key}`),
  );
}

function sameValue(fallback: string, value: unknown): boolean {
  const text = fallback.slice(1, -1);
  return text === (typeof value === 'string' ? value || "''" : JSON.stringify(value));
}

test('forms, bounds and defaults are shown as they are written', () => {
  const schema = z.strictObject({
    wait: duration({ min: 0.1, max: 86_400 }).prefault('5s').describe('Time.'),
    open: duration().optional(),
    many: z.array(z.strictObject({ size: z.int().min(1) })).max(3),
    url: httpUrl().default('http://a'),
    urls: z.array(httpUrl()).default([]),
    either: z.union([z.literal('auto'), z.number().gt(0)]).default('auto'),
    named: z.record(z.string(), z.strictObject({ on: z.boolean().default(false) })).default({}),
    section: z.strictObject({ kind: z.enum(['a', 'b']) }).optional(),
  });
  const rows = schemaRows(schema).map(({ path, form, fallback, isRequired }) =>
    [path, form, fallback ?? (isRequired ? 'needed' : 'none')].join(' | '),
  );
  assert.deepEqual(rows, [
    'wait | duration 100ms to 1d | `5s`',
    'open | duration | none',
    'many | list of sections | needed',
    'many[].size | integer from 1 | needed',
    'url | text | `http://a`',
    'urls | list of text | `[]`',
    'either | `auto` or number above 0 | `auto`',
    'named | map of names to section | `{}`',
    'named.<name>.on | `true` or `false` | `false`',
    'section | section | none',
    'section.kind | `a`, `b` | needed',
  ]);
});

test('a key without a description is found', () => {
  const [row] = schemaRows(z.strictObject({ bare: z.string() }));
  assert.equal(row?.description, undefined);
});
