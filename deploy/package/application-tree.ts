// The application's own folder, as it will be in /opt/latency-guard: sources, production packages, Node.js, rules, dashboards, docs.
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { isShippedData, isShippedModuleFile, isShippedSource } from './shipped-files.ts';

const SOURCES = ['service', 'exporter', 'analyzer'];
const DATA = ['rules', 'grafana', 'alertmanager', 'docs'];
const PLAIN = ['LICENSE', 'README.md', 'CHANGELOG.md'];
const PROGRAMS = ['guard', 'guard-exporter', 'guard-analyzer'];
const FILES = join(import.meta.dirname, 'files');
/** Where small-runtime.ts keeps compiled code: outside of what a package may write to. */
const COMPILE_CACHE = '/var/cache/latency-guard';
const ELF = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);

export interface TreeOptions {
  /** The checkout. */
  readonly root: string;
  /** Made; must not be there. */
  readonly folder: string;
}

/** Fills `folder` and answers npm's bill of materials of the packages in it, as JSON text. */
export function stageApplication({ root, folder }: TreeOptions): string {
  mkdirSync(folder, { recursive: true });
  const billOfMaterials = stageModules(root, folder);
  for (const file of filesOf(root, SOURCES, isShippedSource)) copyInto(root, folder, file);
  for (const file of filesOf(root, DATA, isShippedData)) copyInto(root, folder, file);
  for (const file of PLAIN) copyInto(root, folder, file);
  stageNode(root, folder);
  for (const name of PROGRAMS) {
    copyFileSync(join(FILES, name), join(folder, 'bin', name));
    chmodSync(join(folder, 'bin', name), 0o755);
  }
  symlinkSync(COMPILE_CACHE, join(folder, 'data'));
  return billOfMaterials;
}

function filesOf(root: string, folders: readonly string[], keep: (file: string) => boolean) {
  return globSync(`{${folders.join(',')}}/**/*`, { cwd: root, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter(keep)
    .sort();
}

function copyInto(root: string, folder: string, file: string): void {
  const target = join(folder, file);
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(root, file), target);
}

/** What package-lock.json names for this system, without install scripts and without what only authors need. */
function stageModules(root: string, folder: string): string {
  for (const file of ['package.json', 'package-lock.json', '.npmrc']) copyInto(root, folder, file);
  npm(folder, 'ci', '--omit=dev', '--ignore-scripts', '--prefer-offline', '--loglevel=error');
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { devDependencies: _dev, scripts: _scripts, allowScripts: _allow, ...shipped } = manifest;
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(shipped, null, 2)}\n`);
  const billOfMaterials = npm(folder, 'sbom', '--omit=dev', '--sbom-format=cyclonedx');
  for (const file of ['package-lock.json', '.npmrc']) rmSync(join(folder, file));
  prune(join(folder, 'node_modules'));
  return billOfMaterials;
}

/** The npm that runs us, by the Node.js that runs us; else the one of the system. */
function npm(cwd: string, ...args: readonly string[]): string {
  const byNpm = process.env.npm_execpath ?? '';
  return basename(byNpm) === 'npm-cli.js'
    ? runCommand(process.execPath, [byNpm, ...args], { cwd })
    : runCommand('npm', args, { cwd });
}

function prune(modules: string): void {
  const entries = globSync(['**/*', '**/.*', '**/.*/**'], { cwd: modules, withFileTypes: true });
  for (const entry of entries) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) continue;
    if (!isShippedModuleFile(path.slice(modules.length + 1))) rmSync(path, { force: true });
  }
  const folders = entries.filter((entry) => entry.isDirectory());
  const deepestFirst = folders
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .reverse();
  for (const path of deepestFirst) {
    if (globSync('{*,.*}', { cwd: path }).length === 0) rmSync(path, { recursive: true });
  }
}

/** The program itself and not npm's launcher, so that a bare system needs no Node.js. */
function stageNode(root: string, folder: string): void {
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  const isProgram = existsSync(node) && readFileSync(node).subarray(0, 4).equals(ELF);
  if (!isProgram) {
    throw new Error(
      `${node} is not the Node.js program: the npm package "node" brings it when install scripts run (npm rebuild node)`,
    );
  }
  mkdirSync(join(folder, 'bin'));
  cpSync(node, join(folder, 'bin', 'node'));
  chmodSync(join(folder, 'bin', 'node'), 0o755);
}
