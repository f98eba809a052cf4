// A bar and the figure that is held against it: what is printed, and what becomes the exit code.

export interface Gate {
  readonly what: string;
  /** The lower the better; NaN when it could not be measured. */
  readonly figure: number;
  readonly bar: number;
  /** Shows a figure or a bar to people. */
  readonly show: (value: number) => string;
}

export type Verdict = 'PASS' | 'FAIL' | 'UNKNOWN';

export function verdictOf({ figure, bar }: Gate): Verdict {
  if (Number.isNaN(figure)) return 'UNKNOWN';
  return figure <= bar ? 'PASS' : 'FAIL';
}

/** One line per gate, as `PASS  what: figure (bar ≤ bar)`. */
export function describeGate(gate: Gate): string {
  const verdict = verdictOf(gate);
  const figure = verdict === 'UNKNOWN' ? 'not measured' : gate.show(gate.figure);
  return `${verdict.padEnd(7)} ${gate.what}: ${figure} (bar ≤ ${gate.show(gate.bar)})`;
}

/** 0 when all hold, 1 when one does not, 2 when none fails and one could not be judged. */
export function exitCodeOf(gates: readonly Gate[]): number {
  const verdicts = new Set(gates.map(verdictOf));
  if (verdicts.has('FAIL')) return 1;
  return verdicts.has('UNKNOWN') || gates.length === 0 ? 2 : 0;
}

/** Prints every gate. @returns the exit code */
export function printGates(gates: readonly Gate[]): number {
  for (const gate of gates) process.stdout.write(`${describeGate(gate)}\n`);
  return exitCodeOf(gates);
}

export const times = (value: number): string => `${value.toFixed(2)} ×`;
export const fraction = (value: number): string => `1/${(1 / value).toFixed(1)}`;
export const megabytes = (value: number): string => `${value.toFixed(1)} MB`;
export const milliseconds = (value: number): string => `${value.toFixed(1)} ms`;
