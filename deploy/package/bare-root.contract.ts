// For tests of installations: a bare Debian root of their own, in which commands run without touching this machine.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const CACHED_ROOT = join(import.meta.dirname, '..', '..', 'data', 'bare-root.tar');
const MAKER = join(import.meta.dirname, 'bare-root.sh');
/** Of one test: the package is built and a system installed, on a machine that may be busy. */
export const INSTALLATION_TIMEOUT_MS = 600_000;
const MAX_OUTPUT_BYTES = 32 * 2 ** 20;
const ENVIRONMENT = ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'HOME=/root', 'LANG=C.UTF-8'];
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];
/** What comes and goes with the machinery itself: backups, locks, logs and caches of account tools, apt, dpkg and Puppet. */
const MACHINERY =
  /^\/(etc\/(passwd|group|shadow|gshadow|subuid|subgid)-|etc\/\.pwd\.lock|var\/lib\/dpkg\/(?!info\/)|var\/(lib|cache)\/(apt|puppet)\/|var\/log\/|var\/cache\/(ldconfig|debconf)|root\/\.|tmp\/|run\/)|\/__pycache__(\/|$)/;

export interface BareRoot {
  readonly folder: string;
  /** Standard output and error together; throws when the command fails. */
  expect(command: readonly string[]): string;
  run(command: readonly string[]): { readonly status: number | null; readonly output: string };
  /** A child whose end is the caller's to bring about. */
  start(command: readonly string[]): ChildProcess;
  read(path: string): string;
  /** Every path that is not of the machinery itself, with what links lead to; and every account. */
  contents(): string[];
  close(): void;
}

export interface BareRootOptions {
  /** Folders of this machine to be seen inside, read-only: target → source. */
  readonly binds?: Readonly<Record<string, string>>;
}

/** False, or why a test is skipped. Makes the root when this machine can and nobody has before (about a minute). */
export function whyNoBareRoot(): string | false {
  if (process.env.GUARD_SKIP_INSTALLATION_TESTS === '1') return 'GUARD_SKIP_INSTALLATION_TESTS=1';
  if (process.getuid?.() !== 0) return 'only root can change its root';
  const mount = ['--mount', 'sh', '-c', 'mount -t tmpfs none /mnt'];
  if (spawnSync('unshare', mount).status !== 0) return 'mount namespaces are not allowed here';
  if (existsSync(CACHED_ROOT)) return false;
  if (spawnSync('debootstrap', ['--version']).error) return 'no debootstrap here';
  const { status, stderr } = spawnSync('sh', [MAKER, CACHED_ROOT], { encoding: 'utf8' });
  return status === 0 ? false : `no bare Debian root: ${stderr.trim().split('\n').at(-1)}`;
}

export function openBareRoot({ binds = {} }: BareRootOptions = {}): BareRoot {
  const parent = mkdtempSync(join(tmpdir(), 'guard-root-'));
  const folder = join(parent, 'root');
  const unpack = spawnSync('sh', [
    '-c',
    `mkdir "$1" && tar -C "$1" -xf "$2"`,
    'sh',
    folder,
    CACHED_ROOT,
  ]);
  if (unpack.status !== 0) throw new Error(`Cannot unpack ${CACHED_ROOT}: ${unpack.stderr}`);
  // Nobody needs this root after a power cut: dpkg may leave out its fsync for every file.
  writeFileSync(join(folder, 'etc/dpkg/dpkg.cfg.d/fast'), 'force-unsafe-io\n');
  const args = (command: readonly string[]) => insideArguments(folder, binds, command);
  const run = (command: readonly string[]) => {
    const { status, stdout, stderr, error } = spawnSync('unshare', args(command), {
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT_BYTES,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { status, output: `${stdout}${stderr}${error?.message ?? ''}` };
  };
  return {
    folder,
    run,
    expect(command) {
      const { status, output } = run(command);
      if (status !== 0) throw new Error(`${command.join(' ')}: exit code ${status}\n${output}`);
      return output;
    },
    start: (command) => spawn('unshare', args(command), { stdio: ['ignore', 'pipe', 'pipe'] }),
    read: (path) => readFileSync(join(folder, path), 'utf8'),
    contents: () => contentsOf(folder),
    close: () => rmSync(parent, { recursive: true, force: true }),
  };
}

/** Mounts in a namespace of the command's own: they go when it ends, whatever way it ends. Every step is an exec, the pid stays. */
function insideArguments(
  folder: string,
  binds: Readonly<Record<string, string>>,
  command: readonly string[],
): string[] {
  const mounts = Object.entries(binds).map(
    ([target, source]) =>
      `mkdir -p "$1${target}" && mount --rbind -o ro '${source}' "$1${target}" || exit 125`,
  );
  const devices = DEVICES.map(
    (name) => `: >"$1/dev/${name}"; mount --bind /dev/${name} "$1/dev/${name}"`,
  );
  const script = [
    'mount -t proc proc "$1/proc" 2>/dev/null || mount --rbind /proc "$1/proc" || exit 125',
    'mount --rbind -o ro /sys "$1/sys" || exit 125',
    'mount -t tmpfs none "$1/dev" || exit 125',
    ...devices,
    'mkdir "$1/dev/shm"; ln -s /proc/self/fd "$1/dev/fd"',
    ...mounts,
    `root=$1; shift; exec chroot "$root" env -i ${ENVIRONMENT.join(' ')} "$@"`,
  ].join('\n');
  return ['--mount', '--propagation=private', 'sh', '-c', script, 'sh', folder, ...command];
}

function contentsOf(folder: string): string[] {
  const { stdout } = spawnSync('find', ['.', '-xdev', '-printf', '/%P %l\n'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
  });
  const paths = stdout.split('\n').map((line) => line.trimEnd());
  const accounts = ['passwd', 'group', 'shadow', 'gshadow'].flatMap((name) =>
    readFileSync(join(folder, 'etc', name), 'utf8')
      .split('\n')
      .map((line) => `${name}: ${line}`),
  );
  return [...paths.filter((path) => path !== '' && !MACHINERY.test(path)), ...accounts].sort();
}

/** Of two contents: what only one of them has, `+` for the second. */
export function difference(before: readonly string[], now: readonly string[]): string[] {
  const [old, present] = [new Set(before), new Set(now)];
  return [
    ...before.filter((line) => !present.has(line)).map((line) => `- ${line}`),
    ...now.filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}
