// What `npm test` runs, and how the results of several test runs become one line.
import { globSync } from 'node:fs';
import { join } from 'node:path';

const UNIT_GLOBS = [
  '{service,exporter,analyzer,rules,alertmanager,grafana,deploy,bench,docs}/**/*.test.ts',
  'architecture.test.ts',
];
const END_TO_END_GLOBS = ['deploy/local/*.e2e.ts'];
const UNIT_TIMEOUT_MS = 120_000;
const END_TO_END_TIMEOUT_MS = 600_000;

export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** A run of node's test runner, whose tests are counted. */
  readonly isTestRun: boolean;
}

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** The steps in order; with a word only the tests whose path contains it, empty when there are none. */
export function steps(root: string, word?: string): Step[] {
  const tests = [
    ...testStep('tests', findFiles(root, UNIT_GLOBS, word), UNIT_TIMEOUT_MS),
    ...testStep('end to end', findFiles(root, END_TO_END_GLOBS, word), END_TO_END_TIMEOUT_MS),
  ];
  if (word !== undefined) return tests;
  const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
  return [
    { name: 'types', command: bin('tsc'), args: ['--noEmit'], isTestRun: false },
    {
      name: 'types of the console',
      command: bin('tsc'),
      args: ['--noEmit', '-p', join(root, 'analyzer', 'console', 'app')],
      isTestRun: false,
    },
    { name: 'lint', command: bin('biome'), args: ['check', '.'], isTestRun: false },
    ...tests,
  ];
}

/** Explicit files: what the test runner's own patterns find has changed between releases of Node.js. */
function findFiles(root: string, globs: readonly string[], word = ''): string[] {
  return globSync([...globs], { cwd: root, exclude: (name) => name.includes('node_modules') })
    .filter((file) => file.includes(word))
    .sort();
}

function testStep(name: string, files: readonly string[], timeoutMs: number): Step[] {
  if (files.length === 0) return [];
  const args = ['--test', `--test-timeout=${timeoutMs}`, ...files];
  return [{ name, command: process.execPath, args, isTestRun: true }];
}

/** The totals at the end of a TAP report. Cancelled tests (time-outs) are failures. */
export function parseTally(tap: string): Tally {
  const total = (name: string): number =>
    Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  return { passed: total('pass'), failed: total('fail') + total('cancelled') };
}

export function addTally(a: Tally, b: Tally): Tally {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed };
}

export function closingLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`;
}
