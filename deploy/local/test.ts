// `npm test`: types, lint, unit tests, end-to-end tests, in this order, up to the first that fails.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { TOOLS } from './executables.ts';
import { ensureTools } from './servers.ts';
import { addTally, closingLine, parseTally, type Step, steps, type Tally } from './test-steps.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DATA = join(ROOT, 'data');
const TALLY_FILE = join(DATA, 'test-tally.tap');
const BIN = join(ROOT, 'node_modules', '.bin');
const INTERRUPTED = 130;
const STOP_WAIT_MS = 5_000;

let running: ChildProcess | undefined;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    if (running === undefined) process.exit(INTERRUPTED);
    running.once('exit', () => process.exit(INTERRUPTED));
    running.kill('SIGTERM');
    setTimeout(() => process.exit(INTERRUPTED), STOP_WAIT_MS);
  });
}

const word = process.argv[2];
if (process.argv.length > 3) {
  process.stderr.write('Usage: npm test [-- WORD]: only the tests whose path contains WORD\n');
  process.exit(1);
}
try {
  await ensureTools({
    tools: Object.values(TOOLS),
    logFile: join(DATA, 'logs', 'apt.log'),
    say: print,
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exit(1);
}
process.exit(await runSteps(steps(ROOT, word)));

async function runSteps(list: readonly Step[]): Promise<number> {
  if (list.length === 0) {
    process.stderr.write(`No test file has "${word}" in its path\n`);
    return 1;
  }
  let tally: Tally = { passed: 0, failed: 0 };
  for (const step of list) {
    print(`\n=== ${step.name}`);
    const started = performance.now();
    const code = await run(step);
    tally = addTally(tally, readTally(step, code));
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    print(`=== ${step.name}: ${code === 0 ? 'ok' : 'FAILED'} after ${seconds} s`);
    if (code !== 0) break;
  }
  print(`\n${closingLine(tally)}`);
  return tally.failed > 0 ? 1 : 0;
}

function run({ command, args, isTestRun }: Step): Promise<number> {
  mkdirSync(DATA, { recursive: true });
  rmSync(TALLY_FILE, { force: true });
  const reporters = isTestRun
    ? [
        '--test-reporter=spec',
        '--test-reporter-destination=stdout',
        '--test-reporter=tap',
        `--test-reporter-destination=${TALLY_FILE}`,
      ]
    : [];
  return new Promise((resolve) => {
    const child = spawn(command, [...reporters, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      // The programs of node_modules name `node` as their interpreter: the pinned one, whoever called us.
      env: { ...process.env, PATH: `${BIN}${delimiter}${process.env.PATH ?? ''}` },
    });
    running = child;
    child.once('error', (error) => {
      print(`Cannot run ${command}: ${error.message}`);
      resolve(1);
    });
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** A step that fails without counting anything still counts as one failure. */
function readTally({ isTestRun }: Step, code: number): Tally {
  const none = { passed: 0, failed: 0 };
  const counted = isTestRun ? parseTally(readOrEmpty(TALLY_FILE)) : none;
  return code !== 0 && counted.failed === 0 ? { ...counted, failed: 1 } : counted;
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
