// The tarball for any Linux with glibc: the application at the top, what goes elsewhere in system/, and a script for each way.
import { chmodSync, copyFileSync, cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCommand } from './command.ts';

const SCRIPTS = ['install.sh', 'uninstall.sh'];

export interface TarballOptions {
  /** The staged application; becomes the tarball's only folder and must have its name. */
  readonly application: string;
  /** Stands for `/`; the application is not in it. */
  readonly system: string;
  /** The .tar.gz to write. */
  readonly file: string;
  /** Seconds since 1970. */
  readonly sourceDate: number;
  /** Of gzip, 1 to 9. */
  readonly level: number;
}

/** Adds to `application` what the tarball has beyond it. */
export function stageTarball({
  application,
  system,
}: Pick<TarballOptions, 'application' | 'system'>) {
  cpSync(system, join(application, 'system'), { recursive: true, verbatimSymlinks: true });
  for (const name of SCRIPTS) {
    copyFileSync(join(import.meta.dirname, 'files', name), join(application, name));
    chmodSync(join(application, name), 0o755);
  }
}

export function buildTarball({ application, file, sourceDate, level }: TarballOptions): void {
  const plain = `${file}.tmp`;
  const owner = ['--owner=root:0', '--group=root:0', '--numeric-owner'];
  const same = ['--sort=name', `--mtime=@${sourceDate}`, '--format=gnu', ...owner];
  const what = ['-C', dirname(application), basename(application)];
  runCommand('tar', ['-cf', plain, ...same, ...what]);
  writeFileSync(plain, gzipSync(readFileSync(plain), { level }));
  renameSync(plain, file);
}
