// What the subcommands of `guard` share: errors that are for the user as they are, and arguments for a shell to paste.
import type { Command } from 'commander';

/** Exit codes of the commands that judge (forecast, check): 0 = fine, 1 = a threshold is exceeded, 2 = could not tell. */
export const EXCEEDED = 1;
export const COULD_NOT_TELL = 2;

/** Something that the user can mend; printed without a stack. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** For a command that judges: a mistake on its command line must not look like an exceeded threshold. */
export function judging(command: Command): Command {
  return command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : COULD_NOT_TELL));
}

/** A command line that a POSIX shell takes apart into exactly these words. */
export function shellCommand(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
