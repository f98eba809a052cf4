// From a checkout to the artifacts of a release: tarball, Debian package, bill of materials, SHA256SUMS.
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { stageApplication } from './application-tree.ts';
import { completeMaterials } from './bill-of-materials.ts';
import { runCommand } from './command.ts';
import { buildDebianPackage, type Compression, debianArchitecture } from './debian.ts';
import { makeSame } from './same-tree.ts';
import { APPLICATION_FOLDER, stageSystem } from './system-tree.ts';
import { buildTarball, stageTarball } from './tarball.ts';

const GZIP_BEST = 9;
const GZIP_FAST = 1;

export interface BuildOptions {
  /** The checkout. */
  readonly root: string;
  /** Made when it is not there. */
  readonly outputFolder: string;
  /** Of the Debian package; anything but xz also makes a larger tarball, sooner. */
  readonly compression: Compression;
  /** Seconds since 1970. */
  readonly sourceDate: number;
  readonly say: (line: string) => void;
}

/** Answers the files written, the checksums last. Building twice from the same sources gives the same bytes. */
export function buildArtifacts(options: BuildOptions): string[] {
  const { root, outputFolder } = options;
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const work = mkdtempSync(join(tmpdir(), 'guard-package-'));
  mkdirSync(outputFolder, { recursive: true });
  try {
    return buildIn({ ...options, work, version });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Build extends BuildOptions {
  readonly work: string;
  readonly version: string;
}

function buildIn(build: Build): string[] {
  const { work, root, version, outputFolder, compression, sourceDate, say } = build;
  const name = `latency-guard-${version}-linux-${process.arch}`;
  const application = join(work, name);
  const system = join(work, 'system');
  say('Staging sources, npm packages and Node.js…');
  const materials = completeMaterials(stageApplication({ root, folder: application }), {
    productVersion: version,
    nodeVersion: runCommand(join(application, 'bin/node'), ['--version']).trim().slice(1),
    nodeSha256: sha256(join(application, 'bin/node')),
    sourceDate,
  });
  stageSystem({ application, folder: system, billOfMaterials: materials });
  const out = (file: string) => join(outputFolder, file);
  const files = {
    debian: out(`latency-guard_${version}_${debianArchitecture()}.deb`),
    tarball: out(`${name}.tar.gz`),
    materials: out(`${name}.cdx.json`),
  };
  say(`Debian package (${compression})…`);
  debianPackage(build, { application, system, file: files.debian });
  say('Tarball…');
  stageTarball({ application, system });
  makeSame(application, sourceDate);
  const level = compression === 'xz' ? GZIP_BEST : GZIP_FAST;
  buildTarball({ application, system, file: files.tarball, sourceDate, level });
  writeFileSync(files.materials, materials);
  return [...Object.values(files), writeChecksums(outputFolder, Object.values(files))];
}

interface Trees {
  readonly application: string;
  readonly system: string;
  readonly file: string;
}

function debianPackage(build: Build, { application, system, file }: Trees): void {
  const folder = join(build.work, 'debian');
  cpSync(system, folder, { recursive: true, verbatimSymlinks: true });
  const target = join(folder, APPLICATION_FOLDER);
  cpSync(application, target, { recursive: true, verbatimSymlinks: true });
  makeSame(folder, build.sourceDate);
  buildDebianPackage({ ...build, folder, file });
  rmSync(folder, { recursive: true });
}

/** In the form of `sha256sum --check`. */
function writeChecksums(folder: string, files: readonly string[]): string {
  const lines = files.map((file) => `${sha256(file)}  ${basename(file)}\n`);
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
  return join(folder, 'SHA256SUMS');
}

function sha256(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}
