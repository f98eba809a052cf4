// `node bench/fuzz/main.ts`: throws made-up input at every reader of foreign text, and says what crashed, answered wrongly or took long.
import { parseArgs } from 'node:util';
import { type Campaign, type Finding, SLOW_MS } from './campaign.ts';
import { makeCase } from './made-case.ts';
import { HangError, runInThread } from './supervise.ts';
import { TARGETS } from './targets/list.ts';

const DEFAULT_CASES = 20_000;
const MAX_SHOWN_CHARS = 200;

const { values: flags } = parseArgs({
  options: {
    cases: { type: 'string', default: String(DEFAULT_CASES) },
    from: { type: 'string', default: '0' },
    parser: { type: 'string', multiple: true, default: [] },
    show: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});
const [cases, from] = [Number(flags.cases), Number(flags.from)];
const chosen = TARGETS.filter(
  ({ name }) => flags.parser.length === 0 || flags.parser.includes(name),
);

if (!Number.isSafeInteger(cases) || cases < 1 || !Number.isSafeInteger(from) || chosen.length === 0)
  refuse();
else if (flags.list) for (const { name } of TARGETS) print(name);
else if (flags.show) for (const target of chosen) print(JSON.stringify(makeCase(target, from)));
else process.exitCode = await fuzz();

async function fuzz(): Promise<number> {
  print(`${chosen.length} readers, ${cases} cases each, numbers ${from} to ${from + cases - 1}`);
  print(row(['reader', 'cases', 'cases/s', 'failures', 'slowest ms', 'of chars']));
  let total = 0;
  let failures = 0;
  for (const { name } of chosen) {
    try {
      const campaign = await runInThread({ name, from, cases });
      total += campaign.cases;
      failures += campaign.failures;
      tell(name, campaign);
    } catch (error) {
      failures += 1;
      const what = error instanceof HangError ? 'HANGS' : 'DIES';
      print(`${name}: ${what}: ${(error as Error).message}`);
    }
  }
  print(`${total} cases of ${chosen.length} readers, ${failures} failures`);
  return failures === 0 ? 0 : 1;
}

function tell(name: string, { cases: done, seconds, failures, slowest, findings }: Campaign): void {
  const rate = Math.round(done / seconds);
  const slow = slowest.cpuMs.toFixed(1);
  print(row([name, String(done), String(rate), String(failures), slow, String(slowest.chars)]));
  for (const finding of findings) print(describe(name, finding));
}

function describe(name: string, { key, problem, input }: Finding): string {
  const shown = JSON.stringify(input.slice(0, MAX_SHOWN_CHARS));
  return `  ${problem.slice(0, MAX_SHOWN_CHARS)}\n    ${shown}${input.length > MAX_SHOWN_CHARS ? '…' : ''}\n    again: --parser ${name} --from ${key} --cases 1`;
}

function row([name = '', ...figures]: readonly string[]): string {
  return `${name.padEnd(26)}${figures.map((figure) => figure.padStart(12)).join('')}`;
}

function refuse(): void {
  const usage = `Usage: node bench/fuzz/main.ts [--cases N] [--from N] [--parser NAME]… [--show] [--list]
A case that takes more than ${SLOW_MS} ms of CPU is a failure. --show prints the input of case --from. Parsers: --list`;
  process.stderr.write(`${usage}\n`);
  process.exitCode = 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
