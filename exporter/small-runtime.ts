// A Node.js process that watches others should be small. Two things make it large, and neither can be undone once it runs:
// the TypeScript compiler, which is loaded for every file that is not in the compile cache (20 MB), and a young generation
// of 16 MB and more (15 MB). So a first stage fills the cache, then replaces itself by a second one that finds all there.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** Not in the system's temporary folder: whoever could write there first would choose the code that runs. */
const CACHE_FOLDER = join(import.meta.dirname, '../data/compile-cache');
/** In MB. A scrape makes about 1 MB of garbage, which this collects in a millisecond. */
const SMALL_FLAG = '--max-semi-space-size=1';

export interface SmallProgram<Module> {
  /** The file that was started. */
  readonly script: string;
  /** Loads the program without running it. */
  readonly load: () => Promise<Module>;
  readonly run: (module: Module) => Promise<void>;
}

/** Runs the program in the second stage. Where a process cannot replace itself it runs in the first, and is larger. */
export async function runSmall<Module>({ script, load, run }: SmallProgram<Module>): Promise<void> {
  enableCompileCache(CACHE_FOLDER);
  const module = await load();
  if (!process.execArgv.includes(SMALL_FLAG) && !isDebugged()) {
    flushCompileCache();
    becomeSmall([SMALL_FLAG, ...process.execArgv, script, ...process.argv.slice(2)]);
  }
  await run(module);
}

/** Does not come back when it succeeds. The pid stays. */
function becomeSmall(args: readonly string[]): void {
  try {
    process.execve?.(process.execPath, [process.execPath, ...args]);
  } catch {
    // Not on this platform: larger, but it works.
  }
}

/** A debugger or a test runner would lose its process. */
function isDebugged(): boolean {
  return process.execArgv.some((flag) => /^--(inspect|cpu-prof|heap-prof|test)/.test(flag));
}
