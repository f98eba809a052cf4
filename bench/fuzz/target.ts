// What the fuzzer throws input at: one reader of something that comes from outside, with examples of what it is meant to read.

export interface FuzzTarget {
  readonly name: string;
  /** Whole, valid inputs; bytes of a binary format as latin1 text. */
  readonly seeds: readonly string[];
  /** Refuses by throwing an Error; everything else that is thrown is a crash. */
  readonly run: (input: string) => unknown;
  /** Classes that it throws to refuse, beyond Error itself. */
  readonly refusals?: readonly string[];
  /** What is wrong with an answer; undefined when nothing is. */
  readonly judge?: (answer: unknown, input: string) => string | undefined;
  /** Longest input in UTF-16 units; what the caller itself bounds. */
  readonly maxChars?: number;
}

export const DEFAULT_MAX_CHARS = 4_096;
/** Parts of an answer that are looked at. */
const MAX_PARTS = 200;

/** Runs one case. @returns what is wrong; undefined when the input was read, or refused as it should be. */
export function tryCase(target: FuzzTarget, input: string): string | undefined {
  try {
    const answer = target.run(input);
    return foreignPart(answer) ?? target.judge?.(answer, input);
  } catch (error) {
    if (!(error instanceof Error)) return `threw what is no Error: ${String(error)}`;
    const kind = error.constructor.name;
    const isRefusal = kind === Error.name || (target.refusals ?? []).includes(kind);
    return isRefusal ? undefined : `${kind}: ${error.message}`;
  }
}

/** A function in an answer comes from a prototype: a name of the input was looked up in an object as if it were a map. */
function foreignPart(answer: unknown): string | undefined {
  const waiting: unknown[] = [answer];
  for (let looked = 0; looked < MAX_PARTS && waiting.length > 0; looked += 1) {
    const part = waiting.pop();
    if (typeof part === 'function') return `the answer holds ${part.name || 'a function'}`;
    if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) continue;
    if (part instanceof RegExp) continue;
    for (const value of part instanceof Map ? part.values() : Object.values(part))
      if (typeof value === 'object' || typeof value === 'function') waiting.push(value);
  }
  return undefined;
}
