// Rebooks time of /proc/stat as stolen time, idle time first (columns: man 5 proc_stat). Pure; counters never go down.

const STEAL = 7;
/** Whose time is taken, in this order: idle, user, nice, system. */
const SOURCES = [3, 0, 1, 2];

interface Books {
  /** Columns as they were read last. */
  readonly read: readonly number[];
  /** What has been taken from each column so far. */
  readonly taken: readonly number[];
}

/**
 * A function from the real text to one in which a share of the time that passed between two calls was stolen.
 * @param share 0–1 of each CPU.
 */
export function createThief(share: number): (text: string) => string {
  const books = new Map<string, Books>();
  return (text) =>
    text
      .split('\n')
      .map((line) => (line.startsWith('cpu') ? rebook(line, share, books) : line))
      .join('\n');
}

function rebook(line: string, share: number, books: Map<string, Books>): string {
  const [name = '', ...columns] = line.split(/ +/);
  const read = columns.map(Number);
  if (read.length <= STEAL) return line;
  const before = books.get(name) ?? { read, taken: read.map(() => 0) };
  const taken = [...before.taken];
  let wanted = Math.round((totalOf(read) - totalOf(before.read)) * share);
  for (const column of SOURCES) {
    const gained = Math.max(0, read[column]! - before.read[column]!);
    const part = Math.max(0, Math.min(gained, wanted));
    taken[column]! += part;
    wanted -= part;
  }
  books.set(name, { read, taken });
  const stolen = taken.reduce((sum, ticks) => sum + ticks, 0);
  const shown = read.map((value, column) => value - taken[column]!);
  shown[STEAL]! += stolen;
  return `${name} ${shown.join(' ')}`;
}

/** Guest time is part of user time already. */
function totalOf(columns: readonly number[]): number {
  return columns.slice(0, STEAL + 1).reduce((sum, value) => sum + value, 0);
}
