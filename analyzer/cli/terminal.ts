// What the subcommands of `guard` share: errors that are for the user as they are, and arguments for a shell to paste.

/** Something that the user can mend; printed without a stack, exit code 1. */
export class CliError extends Error {}

/** A command line that a POSIX shell takes apart into exactly these words. */
export function shellCommand(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

function quote(word: string): string {
  return /^[\w./:=,@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
