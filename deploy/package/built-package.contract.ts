// For tests of installations: the package of this checkout, built once for all of them and again when a file of it changes.
import { createHash } from 'node:crypto';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { buildArtifacts } from './build-artifacts.ts';
import { isShippedData, isShippedSource } from './shipped-files.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CACHE = join(ROOT, 'data', 'test-packages');
/** Any day; not the commit's, so that committing what is built already builds nothing. */
const TEST_DATE = 1_767_225_600;

const KEPT_MS = 10 * 60_000;

export interface BuiltPackage {
  readonly folder: string;
  readonly debian: string;
  readonly tarball: string;
}

export function builtPackage(): BuiltPackage {
  const folder = join(CACHE, fingerprint());
  if (!existsSync(folder)) build(folder);
  const find = (suffix: string) => {
    const name = readdirSync(folder).find((file) => file.endsWith(suffix));
    if (name === undefined) throw new Error(`No *${suffix} in ${folder}`);
    return join(folder, name);
  };
  return { folder, debian: find('.deb'), tarball: find('.tar.gz') };
}

/** Complete or not at all; when two build at once the second's is thrown away. */
function build(folder: string): void {
  mkdirSync(CACHE, { recursive: true });
  const temporary = mkdtempSync(join(CACHE, 'building-'));
  const say = () => {};
  try {
    buildArtifacts({
      root: ROOT,
      outputFolder: temporary,
      compression: 'none',
      sourceDate: TEST_DATE,
      say,
    });
    dropOld();
    renameSync(temporary, folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What another test may still use stays. */
function dropOld(): void {
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const age = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}

function fingerprint(): string {
  const sources = globSync('{service,exporter,analyzer}/**/*.*', { cwd: ROOT }).filter(
    isShippedSource,
  );
  const data = globSync('{rules,grafana,alertmanager,docs}/**/*.*', { cwd: ROOT }).filter(
    isShippedData,
  );
  const own = globSync(['deploy/{package,systemd}/**/*', 'package.json', 'package-lock.json'], {
    cwd: ROOT,
    withFileTypes: true,
  })
    .filter((entry) => entry.isFile() && !/\.(test|contract)\.ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
  const hash = createHash('sha256');
  for (const file of [...sources, ...data, ...own].sort()) {
    hash.update(`${file}\n`).update(readFileSync(join(ROOT, file)));
  }
  return hash.digest('hex').slice(0, 16);
}
