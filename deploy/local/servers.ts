// Makes sure that Prometheus, Alertmanager and their tools are there: finds them, installs them, or says what to do.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { findProgram, findTool, type Tool } from './executables.ts';
import { lastLinesOf } from './log-file.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ASK_TIMEOUT_MS = 10_000;
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface EnsureOptions {
  readonly tools: readonly Tool[];
  /** Where the output of apt-get goes. */
  readonly logFile: string;
  readonly say: (line: string) => void;
  /** Whether `docker compose up` would do instead. */
  readonly offerDocker?: boolean;
}

/** Something is missing that this machine cannot install by itself; the message is for the user as it is. */
export class MissingToolError extends Error {}

/**
 * The file of every tool by name; missing ones are installed when that is possible.
 * @throws {MissingToolError} with what to do.
 */
export async function ensureTools(options: EnsureOptions): Promise<ReadonlyMap<string, string>> {
  const { tools } = options;
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0) await provide(missing, options);
  return new Map(
    tools.map((tool) => {
      const file = findTool(tool);
      if (file === undefined) {
        throw new MissingToolError(
          `Installed ${tool.aptPackage} without an error, but ${tool.name} is still not on PATH`,
        );
      }
      return [tool.name, file];
    }),
  );
}

async function provide(missing: readonly Tool[], options: EnsureOptions): Promise<void> {
  const prefix = rootPrefix();
  if (prefix !== undefined && findProgram(['apt-get']) !== undefined) {
    await installWithApt(prefix, aptPackages(missing), options);
    return;
  }
  if (options.offerDocker && existsSync(join(ROOT, 'compose.yml')) && dockerAnswers()) {
    await offerDocker(missing);
  }
  throw new MissingToolError(howToInstall(missing));
}

export function aptPackages(tools: readonly Tool[]): string[] {
  return [...new Set(tools.map((tool) => tool.aptPackage))].sort();
}

/** The words before a command that make it run as root; undefined when this user cannot. */
function rootPrefix(): string[] | undefined {
  if (process.getuid?.() === 0) return [];
  const sudo = spawnSync('sudo', ['-n', 'true'], { timeout: ASK_TIMEOUT_MS, stdio: 'ignore' });
  return sudo.status === 0 ? ['sudo', '-n'] : undefined;
}

async function installWithApt(
  prefix: readonly string[],
  packages: readonly string[],
  { logFile, say }: EnsureOptions,
): Promise<void> {
  say(`Installing ${packages.join(' and ')} with apt-get (about a minute, log ${logFile})…`);
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const [file = 'sh', ...args] = [...prefix, 'sh', join(import.meta.dirname, 'apt-install.sh')];
  const started = Date.now();
  const failure = await runForwarding(file, [...args, ...packages], log);
  closeSync(log);
  if (failure !== undefined) {
    const words = lastLinesOf(logFile, 12).map((line) => `  ${line}`);
    throw new MissingToolError(
      [
        `apt-get could not install ${packages.join(' ')} (${failure}). The end of ${logFile}:`,
        ...words,
      ].join('\n'),
    );
  }
  say(`Installed ${packages.join(' and ')} in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Runs a command to its end; a signal for us goes to it, so that it can clean up. Answers the reason of a failure. */
function runForwarding(
  file: string,
  args: readonly string[],
  log: number,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', log, log] });
    const forward = (): void => void child.kill('SIGTERM');
    for (const signal of FORWARDED) process.on(signal, forward);
    const finish = (failure: string | undefined): void => {
      for (const signal of FORWARDED) process.off(signal, forward);
      resolve(failure);
    };
    child.once('error', (error) => finish(error.message));
    child.once('exit', (code, signal) =>
      finish(code === 0 ? undefined : (signal ?? `exit code ${code}`)),
    );
  });
}

function dockerAnswers(): boolean {
  const info = spawnSync('docker', ['info'], { timeout: ASK_TIMEOUT_MS, stdio: 'ignore' });
  return info.status === 0;
}

/** On a terminal asks and, on yes, becomes `docker compose up`; elsewhere names the command. */
async function offerDocker(missing: readonly Tool[]): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY) {
    throw new MissingToolError(
      `${names(missing)} not found, but Docker answers. Run everything in containers with:\n  docker compose up\n\n${howToInstall(missing)}`,
    );
  }
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    // Without line editing Ctrl-C stays a signal.
    terminal: false,
  });
  const answer = await terminal.question(
    `${names(missing)} not found, but Docker answers. Run \`docker compose up\` instead? [y/N] `,
  );
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) return;
  const { status } = spawnSync('docker', ['compose', 'up'], { cwd: ROOT, stdio: 'inherit' });
  process.exit(status ?? 1);
}

function names(tools: readonly Tool[]): string {
  const list = tools.map((tool) => tool.name).join(', ');
  return `${list} ${tools.length === 1 ? 'was' : 'were'}`;
}

/** What to type on the usual systems. */
export function howToInstall(missing: readonly Tool[]): string {
  const overrides = missing.flatMap((tool) => tool.override ?? []);
  return [
    `${names(missing)} not found and cannot be installed from here (not root, no passwordless sudo, or no apt-get).`,
    'Install with one of:',
    `  Debian, Ubuntu:  sudo apt-get install --no-install-recommends ${aptPackages(missing).join(' ')}`,
    '                   sudo systemctl disable --now prometheus prometheus-alertmanager   (npm start runs its own)',
    '  Fedora:          sudo dnf install golang-github-prometheus golang-github-prometheus-alertmanager',
    '  macOS:           brew install prometheus alertmanager',
    '  any system:      unpack the archives of the Prometheus download page, https://prometheus.io/download/, into /usr/local/bin',
    ...(overrides.length > 0 ? [`or name the files: ${overrides.join(', ')}`] : []),
    'With a Prometheus that already runs: npm start -- --prometheus.url=http://HOST:9090',
  ].join('\n');
}
