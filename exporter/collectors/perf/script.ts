// The lines of `perf script -F comm,pid,tid,ip,sym,dso` → samples, one at a time. A sample is a header, its frames, an empty line.

/** perf itself stops at kernel.perf_event_max_stack, 127 by default. */
const MAX_FRAMES = 256;
/** Says nothing of what follows, which would be tried again at every place where a header could end. */
const HEADER = /^\s*(.*?\S)\s+(-?\d+)\/-?\d+(?=\s|$)/;
const FRAME = /^\s*([0-9a-f]+) (.*)$/;

export interface PerfFrame {
  /** As perf knows it: `[unknown]` without a symbol. */
  readonly symbol: string;
  /** Path of the file, `[kernel.kallsyms]`, `[unknown]`, or `inlined` for a function without a place of its own. */
  readonly object: string;
}

export interface PerfSample {
  readonly comm: string;
  readonly pid: number;
  /** The function that was running first, its callers after it. Empty when perf could not tell even that. */
  readonly frames: readonly PerfFrame[];
}

export interface PerfScriptParser {
  line(text: string): void;
  /** Gives the last sample, which no empty line may end. */
  end(): void;
}

/** Lines that are neither header nor frame are left out, and so are frames without a header. */
export function createPerfScriptParser(onSample: (sample: PerfSample) => void): PerfScriptParser {
  let current: { comm: string; pid: number; frames: PerfFrame[] } | undefined;
  const end = (): void => {
    if (current !== undefined) onSample(current);
    current = undefined;
  };
  const begin = (text: string): void => {
    const [all, comm, pid] = HEADER.exec(text) ?? [];
    if (comm === undefined) return;
    end();
    current = { comm, pid: Number(pid), frames: [] };
    addFrame(current.frames, text.slice(all?.length).trim());
  };
  return {
    line(text) {
      if (text.trim() === '') end();
      // A frame begins with a tabulator; what perf knows no callers of comes in the line of the header.
      else if (!text.startsWith('\t')) begin(text);
      else if (current !== undefined) addFrame(current.frames, text);
    },
    end,
  };
}

function addFrame(frames: PerfFrame[], text: string): void {
  const rest = FRAME.exec(text)?.[2];
  if (rest === undefined || frames.length >= MAX_FRAMES) return;
  const open = openOfLast(rest);
  if (open === undefined) return;
  frames.push({
    symbol: rest.slice(0, open).trim() || '[unknown]',
    object: rest.slice(open + 1, -1),
  });
}

/** Where the last bracket opens: both the symbol and the path may contain brackets, in pairs. */
function openOfLast(text: string): number | undefined {
  if (!text.endsWith(')')) return undefined;
  let depth = 0;
  for (let index = text.length - 1; index >= 0; index -= 1) {
    if (text[index] === ')') depth += 1;
    else if (text[index] === '(') depth -= 1;
    if (depth === 0) return index;
  }
  return undefined;
}
