// Builds the console with Vite into dist/. With --if-stale only when the built files do not belong to these sources.
import { createHash, type Hash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ROOT = join(import.meta.dirname, '..', '..');
const APP = join(import.meta.dirname, 'app');
const DIST = join(import.meta.dirname, 'dist');
const STAMP = 'sources.sha256';

/** Whether dist/ was built from the sources and the packages of now. */
export function isConsoleFresh(dist = DIST): boolean {
  const stamp = join(dist, STAMP);
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesHash();
}

/** Beside the old files, which stay until the new ones are complete: an analyzer may be serving them. */
export async function buildConsole(dist = DIST): Promise<void> {
  const fresh = `${dist}.${process.pid}`;
  const old = `${dist}.${process.pid}.old`;
  const hash = sourcesHash();
  const [{ build }, { default: react }] = await Promise.all([
    import('vite'),
    import('@vitejs/plugin-react'),
  ]);
  try {
    await build({
      configFile: false,
      root: APP,
      base: './',
      logLevel: 'warn',
      plugins: [react()],
      build: {
        outDir: fresh,
        assetsDir: 'console/assets',
        // As a data: URL a style sheet's picture would be inline; everything is a file here.
        assetsInlineLimit: 0,
        emptyOutDir: true,
        target: 'es2023',
      },
    });
    writeFileSync(join(fresh, STAMP), hash);
    if (existsSync(dist)) renameSync(dist, old);
    renameSync(fresh, dist);
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true });
  }
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  addFile(hash, join(ROOT, 'package-lock.json'));
  addFile(hash, import.meta.filename);
  const files = globSync('**/*.{ts,tsx,css,html,svg}', { cwd: APP }).sort();
  for (const file of files.filter((name) => !name.endsWith('.test.ts'))) {
    hash.update(`${file}\n`);
    addFile(hash, join(APP, file));
  }
  // The few values that the page shares with the analyzer's pure part; types leave no trace.
  addFile(hash, join(ROOT, 'analyzer', 'series', 'labels.ts'));
  return hash.digest('hex');
}

function addFile(hash: Hash, file: string): void {
  if (existsSync(file)) hash.update(readFileSync(file));
}

async function main(): Promise<void> {
  if (process.argv.includes('--if-stale') && isConsoleFresh()) return;
  mkdirSync(import.meta.dirname, { recursive: true });
  process.stderr.write('Building the console (a few seconds)…\n');
  await buildConsole();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  main().catch((error: Error) => {
    process.stderr.write(
      `The console could not be built: ${error.message}\nThe analyzer works without it; its page says so\n`,
    );
    process.exitCode = 1;
  });
}
