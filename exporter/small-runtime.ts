// A Node.js process that watches others should be small. Two things make it large, and neither can be undone once it runs:
// the TypeScript compiler, which is loaded for every file that is not in the compile cache (20 MB), and a young generation
// of 16 MB and more (15 MB). So it replaces itself twice: to have the cache from its very first file on, then, when the cache
// has all files, to find them there and be small.
import { enableCompileCache, flushCompileCache } from 'node:module';
import { join } from 'node:path';

/** Not in the system's temporary folder: whoever could write there first would choose the code that runs. */
const CACHE_FOLDER = join(import.meta.dirname, '../data/compile-cache');
/** Node.js reads it before it loads any file. It is not for the children of the program. */
const CACHE_VARIABLE = 'NODE_COMPILE_CACHE';
/** One heap of glibc for all threads, not one for each (2 MB); nor is this for the children. */
const ARENAS_VARIABLE = 'MALLOC_ARENA_MAX';
const ARENAS = '1';
/** In MB. A scrape makes about 1 MB of garbage, which this collects in a millisecond. */
const SMALL_FLAG = '--max-semi-space-size=1';

export interface SmallProgram<Module> {
  /** The file that was started. */
  readonly script: string;
  /** Loads the program without running it. */
  readonly load: () => Promise<Module>;
  /** Loads what the program loads when it needs it, so that the cache has that too. */
  readonly loadLater: () => Promise<unknown>;
  readonly run: (module: Module) => Promise<void>;
}

/** Runs the program in the last stage. Where a process cannot replace itself it runs in the first, and is larger. */
export async function runSmall<Module>(program: SmallProgram<Module>): Promise<void> {
  const { script, load, loadLater, run } = program;
  const again = [script, ...process.argv.slice(2)];
  if (process.env[CACHE_VARIABLE] === undefined) becomeAnother([...process.execArgv, ...again]);
  enableCompileCache(CACHE_FOLDER);
  const module = await load();
  if (!process.execArgv.includes(SMALL_FLAG)) {
    await loadLater();
    flushCompileCache();
    becomeAnother([SMALL_FLAG, ...process.execArgv, ...again]);
  }
  if (process.env[CACHE_VARIABLE] === CACHE_FOLDER) delete process.env[CACHE_VARIABLE];
  if (process.env[ARENAS_VARIABLE] === ARENAS) delete process.env[ARENAS_VARIABLE];
  await run(module);
}

/** The environment of a child process that is to find our files in the cache. */
export function withCompileCache(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { [CACHE_VARIABLE]: CACHE_FOLDER, ...environment };
}

/** Does not come back when it succeeds. The pid stays. */
function becomeAnother(args: readonly string[]): void {
  if (isDebugged()) return;
  try {
    const env = { [ARENAS_VARIABLE]: ARENAS, ...withCompileCache(process.env) };
    process.execve?.(process.execPath, [process.execPath, ...args], env);
  } catch {
    // Not on this platform: larger, but it works.
  }
}

/** A debugger or a test runner would lose its process. */
function isDebugged(): boolean {
  return process.execArgv.some((flag) => /^--(inspect|cpu-prof|heap-prof|test)/.test(flag));
}
