// What lies outside of the application's folder: configuration, units, the user, the guard command, completion, documents.
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runCommand } from './command.ts';

const SYSTEMD = join(import.meta.dirname, '..', 'systemd');
const FILES = join(import.meta.dirname, 'files');
export const APPLICATION_FOLDER = '/opt/latency-guard';
const DOCUMENTS = 'usr/share/doc/latency-guard';
/** Target → source. What is in /etc is the operator's: kept on upgrades and removal, gone with a purge. */
const SYSTEM_FILES = (application: string): Readonly<Record<string, string>> => ({
  'etc/latency-guard/exporter.yml': join(application, 'exporter/exporter.yml'),
  'etc/latency-guard/analyzer.yml': join(application, 'analyzer/analyzer.yml'),
  'etc/default/latency-guard-exporter': join(FILES, 'default-exporter'),
  'etc/default/latency-guard-analyzer': join(FILES, 'default-analyzer'),
  'usr/lib/systemd/system/latency-guard-exporter.service': join(
    SYSTEMD,
    'latency-guard-exporter.service',
  ),
  'usr/lib/systemd/system/latency-guard-analyzer.service': join(
    SYSTEMD,
    'latency-guard-analyzer.service',
  ),
  'usr/lib/sysusers.d/latency-guard.conf': join(SYSTEMD, 'sysusers.conf'),
  [`${DOCUMENTS}/copyright`]: join(application, 'LICENSE'),
});
const COMPLETIONS: Readonly<Record<string, string>> = {
  bash: 'usr/share/bash-completion/completions/guard',
  zsh: 'usr/share/zsh/vendor-completions/_guard',
  fish: 'usr/share/fish/vendor_completions.d/guard.fish',
};

export interface SystemTreeOptions {
  /** The staged application: the guard command is asked for its completion. */
  readonly application: string;
  /** Stands for `/`. */
  readonly folder: string;
  readonly billOfMaterials: string;
}

export function stageSystem({ application, folder, billOfMaterials }: SystemTreeOptions): void {
  for (const [target, source] of Object.entries(SYSTEM_FILES(application))) {
    copyFileSync(source, ready(folder, target));
    chmodSync(join(folder, target), 0o644);
  }
  for (const [shell, target] of Object.entries(COMPLETIONS)) {
    const script = runCommand(join(application, 'bin', 'guard'), ['completion', shell]);
    writeFileSync(ready(folder, target), script);
  }
  symlinkSync(`${APPLICATION_FOLDER}/bin/guard`, ready(folder, 'usr/bin/guard'));
  const changes = readFileSync(join(application, 'CHANGELOG.md'));
  writeFileSync(ready(folder, `${DOCUMENTS}/changelog.gz`), gzipSync(changes, { level: 9 }));
  writeFileSync(join(folder, DOCUMENTS, 'sbom.cdx.json'), billOfMaterials);
}

function ready(folder: string, target: string): string {
  mkdirSync(dirname(join(folder, target)), { recursive: true });
  return join(folder, target);
}
