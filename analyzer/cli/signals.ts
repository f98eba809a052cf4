// The signals that the analyzer would forecast, asked of a child: the command line stands below the analyzer and imports nothing of it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { FeatureSource, FeatureSources } from '../features/feature.ts';
import type { SignalDefinitions } from '../features/signal.ts';
import type { NotifyConfig } from '../notify/config.ts';
import type { ReportConfig } from '../report/config.ts';
import { CliError, COULD_NOT_TELL } from './terminal.ts';

const CHILD = join(import.meta.dirname, '..', 'show-signals.ts');
const TIMEOUT_MS = 30_000;
const MAX_BYTES = 16 * 1024 * 1024;

export interface ConfiguredSignals {
  readonly url: string;
  /** Seconds. */
  readonly horizons: readonly number[];
  readonly features: FeatureSources;
  readonly memoryHistory: FeatureSource;
  readonly signals: SignalDefinitions;
  /** Names of files, not what is in them. */
  readonly notify: NotifyConfig;
  readonly report: ReportConfig;
}

/** @throws {CliError} when the configuration is not valid. */
export function readConfiguredSignals(flags: {
  readonly 'config.file'?: string;
  readonly 'prometheus.url'?: string;
}): ConfiguredSignals {
  const { 'config.file': file, 'prometheus.url': url } = flags;
  const args = [
    CHILD,
    ...(file === undefined ? [] : [`--config.file=${file}`]),
    ...(url === undefined ? [] : [`--prometheus.url=${url}`]),
  ];
  const child = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_BYTES,
  });
  if (child.status === 0) return JSON.parse(child.stdout) as ConfiguredSignals;
  const reason = child.error?.message ?? child.stderr.trim();
  throw new CliError(`Cannot tell the analyzer's signals: ${reason}`, COULD_NOT_TELL);
}
