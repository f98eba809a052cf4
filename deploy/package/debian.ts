// The Debian package: control files, checksums, dpkg-deb. No root is needed and nothing of the building machine gets in.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { runCommand } from './command.ts';

const SCRIPTS = ['postinst', 'prerm', 'postrm'];
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

export interface DebianOptions {
  /** Stands for `/`, with everything in it. */
  readonly folder: string;
  /** The .deb to write. */
  readonly file: string;
  readonly version: string;
  readonly compression: Compression;
  /** Seconds since 1970. */
  readonly sourceDate: number;
}

export const COMPRESSIONS = ['xz', 'gzip', 'none'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

export function debianArchitecture(): string {
  const name = ARCHITECTURES[process.arch];
  if (name !== undefined) return name;
  throw new Error(`No Debian architecture is known for Node.js' "${process.arch}"`);
}

export function buildDebianPackage(options: DebianOptions): void {
  const { folder, file, compression, sourceDate } = options;
  const control = join(folder, 'DEBIAN');
  const files = filesBelow(folder);
  mkdirSync(control);
  writeFileSync(join(control, 'control'), controlText(options, sizeKiB(folder, files)));
  const conffiles = files.filter((path) => path.startsWith('etc/'));
  writeFileSync(join(control, 'conffiles'), conffiles.map((path) => `/${path}\n`).join(''));
  writeFileSync(join(control, 'md5sums'), md5Lines(folder, files));
  for (const name of SCRIPTS) {
    copyFileSync(join(import.meta.dirname, 'debian', name), join(control, name));
    chmodSync(join(control, name), 0o755);
  }
  for (const name of ['control', 'conffiles', 'md5sums']) chmodSync(join(control, name), 0o644);
  // Whatever the umask of who builds.
  chmodSync(control, 0o755);
  // One thread, because what xz writes depends on how many there are.
  const args = ['--build', '--root-owner-group', `-Z${compression}`, '--threads-max=1'];
  runCommand('dpkg-deb', [...args, folder, file], {
    env: { SOURCE_DATE_EPOCH: String(sourceDate) },
  });
}

function filesBelow(folder: string): string[] {
  return globSync(['**/*', '**/.*'], { cwd: folder })
    .filter((path) => !lstatSync(join(folder, path)).isDirectory())
    .sort();
}

function sizeKiB(folder: string, files: readonly string[]): number {
  const sizes = files.map((path) => Math.ceil(lstatSync(join(folder, path)).size / 1024));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function md5Lines(folder: string, files: readonly string[]): string {
  return files
    .filter((path) => lstatSync(join(folder, path)).isFile() && !path.startsWith('etc/'))
    .map((path) => {
      const hash = createHash('md5').update(readFileSync(join(folder, path)));
      return `${hash.digest('hex')}  ${path}\n`;
    })
    .join('');
}

/** Debian Policy, chapter 5. `ruby-guard` has another /usr/bin/guard. */
function controlText({ version }: DebianOptions, installedKiB: number): string {
  return `Package: latency-guard
Version: ${version}
Architecture: ${debianArchitecture()}
Maintainer: Latency Guard <latency-guard@users.noreply.github.com>
Installed-Size: ${installedKiB}
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1, passwd, init-system-helpers (>= 1.54)
Recommends: iputils-ping, iproute2
Suggests: prometheus, prometheus-alertmanager, linux-perf
Conflicts: ruby-guard
Section: admin
Priority: optional
Homepage: https://github.com/latency-guard/latency-guard
Description: tells which process is the bottleneck, why, and what to do
 The exporter measures process groups and the host for Prometheus. The analyzer
 asks Prometheus, finds bottlenecks, forecasts what runs out, and alerts.
 .
 Both run with the Node.js in this package. The exporter is started; the analyzer
 once it is enabled: systemctl enable --now latency-guard-analyzer
`;
}
