// The command line of the fault bench, checked before anything starts.
import { Command, InvalidArgumentError, Option } from 'commander';
import { KINDS } from './case.ts';
import { CASES } from './list.ts';

const MAX_SECONDS = 1_800;

export interface Flags {
  /** Names of cases, kinds, or `look-alikes`; undefined for all. */
  readonly only?: readonly string[];
  readonly seconds: number;
  readonly lookAlikeSeconds: number;
  readonly quietSeconds: number;
  readonly settleSeconds: number;
  readonly output: 'text' | 'json';
  /** Where labelled windows are appended. */
  readonly labels?: string;
  readonly list?: boolean;
}

export const LOOK_ALIKES = 'look-alikes';

/** Prints and exits with 2 on a mistake, with 0 on --help. */
export function parseFlags(argv: readonly string[]): Flags {
  return faultsCommand()
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2))
    .parse(argv, { from: 'user' })
    .opts<Flags>();
}

export function faultsCommand(): Command {
  return new Command('bench/faults/main.ts')
    .description(
      'Makes real bottlenecks and things that only look like one, and scores what Latency Guard says of them. ' +
        'Exit code 0: within the bars, 1: beyond them, 2: could not run, 130: interrupted',
    )
    .allowExcessArguments(false)
    .option('--only <what,…>', `kinds, names of cases, or ${LOOK_ALIKES}`, parseOnly)
    .option('--seconds <count>', 'time in which a fault has to be found', seconds(5), 120)
    .option('--look-alike-seconds <count>', 'time to stay silent', seconds(5), 600)
    .option(
      '--quiet-seconds <count>',
      'quiet time before each case, 0 to try one at once',
      seconds(0),
      60,
    )
    .option(
      '--settle-seconds <count>',
      'longest wait for earlier findings to end; what is open for longer is not of the last case',
      seconds(0),
      240,
    )
    .option('--labels <file>', 'append labelled windows of every case for guard retrain')
    .option('--list', 'print the cases and what keeps them from running here')
    .addOption(
      new Option('--output <format>', 'of the result').choices(['text', 'json']).default('text'),
    );
}

/** The cases that `only` asks for, in the order of the list. */
export function selectCases({ only }: Pick<Flags, 'only'>): typeof CASES {
  if (only === undefined) return CASES;
  return CASES.filter(({ name, expected }) =>
    [name, expected?.kind ?? LOOK_ALIKES].some((word) => only.includes(word)),
  );
}

function parseOnly(text: string): string[] {
  const words = text.split(',').map((word) => word.trim());
  const known = [...KINDS, LOOK_ALIKES, ...CASES.map(({ name }) => name)];
  const unknown = words.filter((word) => !known.some((each) => each === word));
  if (unknown.length === 0) return words;
  throw new InvalidArgumentError(
    `'${unknown.join("', '")}' is neither a kind nor a case (--list prints them)`,
  );
}

function seconds(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= MAX_SECONDS) return value;
    throw new InvalidArgumentError(`expected seconds from ${least} to ${MAX_SECONDS}`);
  };
}
