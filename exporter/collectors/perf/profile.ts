// Samples, folded: how often each stack was seen, as Brendan Gregg's flamegraph.pl reads it, and how often each function ran.
import type { PerfSample } from './script.ts';
import { shortenObject, shortenSymbol } from './symbol.ts';

const MAX_SYMBOL_CHARS = 100;
const MAX_STACKS = 20_000;
/** What is beyond the bound still counts, under one name. */
const OTHER_STACKS = '[other stacks]';

export interface Hotspot {
  readonly symbol: string;
  readonly object: string;
  /** Share of the samples in which this function itself was running, 0–1. */
  readonly ratio: number;
}

export interface Profile {
  add(sample: PerfSample): void;
  samples(): number;
  /** `command;outermost;…;innermost` → number of samples. */
  stacks(): ReadonlyMap<string, number>;
  /** Functions by the share of samples in which they were running themselves, largest first, at most `limit`. */
  hotspots(limit: number): Hotspot[];
}

export function createProfile(): Profile {
  const stacks = new Map<string, number>();
  const running = new Map<string, number>();
  const symbols = new Map<string, string>();
  let samples = 0;
  const short = (symbol: string): string => {
    const known = symbols.get(symbol);
    if (known !== undefined) return known;
    const made = shortenSymbol(symbol, MAX_SYMBOL_CHARS);
    if (symbols.size < MAX_STACKS) symbols.set(symbol, made);
    return made;
  };
  return {
    add({ comm, frames }) {
      samples += 1;
      const names = frames.map(({ symbol, object }) =>
        symbol === '[unknown]'
          ? `[${shortenObject(object).replace(/^\[|\]$/g, '')}]`
          : short(symbol),
      );
      count(stacks, [comm, ...names.reverse()].map(foldable).join(';'), OTHER_STACKS);
      const [leaf = { symbol: '[unknown]', object: '' }] = frames;
      const object = objectOf(frames) ?? leaf.object;
      count(
        running,
        `${short(leaf.symbol)}\n${shortenObject(object)}`,
        `${OTHER_STACKS}\n[unknown]`,
      );
    },
    samples: () => samples,
    stacks: () => stacks,
    hotspots: (limit) =>
      [...running]
        .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
        .slice(0, limit)
        .map(([key, value]) => {
          const [symbol = '', object = ''] = key.split('\n');
          return { symbol, object, ratio: value / samples };
        }),
  };
}

/** One stack per line and its number of samples, most frequent first. */
export function toFolded(stacks: ReadonlyMap<string, number>): string {
  return [...stacks]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([stack, value]) => `${stack} ${value}\n`)
    .join('');
}

function count(counts: Map<string, number>, key: string, other: string): void {
  const name = counts.has(key) || counts.size < MAX_STACKS ? key : other;
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** An inlined function lives in the object of the function that it was compiled into. */
function objectOf(frames: PerfSample['frames']): string | undefined {
  return frames.find(({ object }) => object !== 'inlined')?.object;
}

/** A semicolon separates frames. */
function foldable(name: string): string {
  return name.replace(/[;\p{C}]/gu, ':').trim() || '[unknown]';
}
