// The images hold production dependencies only: what runs in them may import nothing else.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..', '..');
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Record<string, string>;
};
/** The console is built before an image is: what bundles it, and what is in the bundle, no image imports. */
const BUILT = /^analyzer\/console\/(app\/|build\.ts$)/;
const sources = globSync('{service,exporter,analyzer}/**/*.ts', { cwd: ROOT }).filter(
  (file) => !/\.(test|contract)\.ts$/.test(file) && !BUILT.test(file),
);

/** Packages that a source needs at run time: type imports are gone by then, relative ones are ours. */
function packagesOf(source: string): string[] {
  const code = source.replaceAll(/import type\b[^;]*;|export type\b[^;]*\bfrom\b[^;]*;/g, '');
  return [...code.matchAll(/^(?:import|export|\})[^;]*?from '([^']+)'|\bimport\(\s*'([^']+)'/gm)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((name) => !name.startsWith('.') && !isBuiltin(name))
    .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'));
}

const isBuiltin = (name: string) => name.startsWith('node:') || builtinModules.includes(name);

test('exporter, analyzer and service import production dependencies only', () => {
  assert.ok(sources.length > 10, 'the glob finds the sources');
  const missing = sources.flatMap((file) =>
    packagesOf(readFileSync(join(ROOT, file), 'utf8'))
      .filter((name) => !(name in dependencies))
      .map((name) => `${file} imports ${name}`),
  );
  assert.deepEqual(missing, []);
});

test('the check above can fail, and knows what is erased before it runs', () => {
  const check = (source: string, want: string[]) => assert.deepEqual(packagesOf(source), want);
  check("import { z } from 'zod';", ['zod']);
  check("import fc from 'fast-check';\nimport { a } from './a.ts';", ['fast-check']);
  check("import {\n  a,\n  type B,\n} from '@scope/pack/deep';", ['@scope/pack']);
  check("const m = await import('pidusage');", ['pidusage']);
  check("export { type Logger, pino } from 'pino';", ['pino']);
  check("import type { Request } from 'express';\nimport 'node:fs';", []);
  check("import { readFile } from 'node:fs/promises';\nimport path from 'path';", []);
});
