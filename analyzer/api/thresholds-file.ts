// The thresholds on the disk: read for the page of rules, written with the rule file that is made of them, Prometheus told.
import { constants } from 'node:fs';
import { access, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readAlertSources } from '../../rules/alert-source.ts';
import { renderAlerts } from '../../rules/alerts-file.ts';
import { sendRequest } from '../../service/outbound.ts';
import { type Changes, editThresholds } from './edit-thresholds.ts';
import type { RulesConfig } from './rules-config.ts';

const SHIPPED = join(import.meta.dirname, '..', '..', 'rules', 'thresholds.yml');
const DEFAULT_MODE = 0o644;
const RELOAD_TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_ANSWER_CHARS = 500;

export interface RulesSettings extends RulesConfig {
  readonly prometheusUrl: string;
}

export type Reload =
  | { readonly state: 'reloaded' | 'not_enabled' | 'not_asked' }
  /** The server answered that it cannot take the new rules, or nothing at all. */
  | { readonly state: 'refused' | 'no_answer'; readonly detail: string };

export interface Saved {
  readonly reload: Reload;
}

/** The text in force: of the configured file, and before it is first written of ours. */
export async function readThresholdsText({ thresholds_file }: RulesConfig): Promise<string> {
  if (thresholds_file === undefined) return readFile(SHIPPED, 'utf8');
  return (await readIfThere(thresholds_file)) ?? readFile(SHIPPED, 'utf8');
}

/** Undefined = ours: one that is configured and not written yet stands for it. */
export async function fileInForce({ thresholds_file }: RulesConfig): Promise<string | undefined> {
  if (thresholds_file === undefined) return undefined;
  return (await readIfThere(thresholds_file)) === undefined ? undefined : thresholds_file;
}

/** Why nothing can be written there; undefined when it can. */
export async function notWritable(config: RulesConfig): Promise<string | undefined> {
  if (config.thresholds_file === undefined) return 'rules.thresholds_file is not configured';
  for (const file of [config.thresholds_file, config.alerts_file]) {
    if (file === undefined) continue;
    try {
      await access(dirname(file), constants.W_OK);
    } catch (error) {
      return `${dirname(file)} cannot be written: ${(error as NodeJS.ErrnoException).code}`;
    }
  }
  return undefined;
}

/**
 * All or nothing: what the rule evaluator refuses is taken back. One at a time, the caller sees to it.
 * @throws {Error} when it cannot be written
 */
export async function saveThresholds(
  settings: RulesSettings,
  name: string,
  changes: Changes,
): Promise<Saved> {
  const { thresholds_file, alerts_file } = settings;
  if (thresholds_file === undefined) throw new Error('rules.thresholds_file is not configured');
  const edited = editThresholds(await readThresholdsText(settings), name, changes);
  const alerts = renderAlerts(readAlertSources(), edited.thresholds);
  const before = await readIfThere(thresholds_file);
  const alertsBefore = alerts_file === undefined ? undefined : await readIfThere(alerts_file);
  await write(thresholds_file, edited.text);
  if (alerts_file === undefined) return { reload: { state: 'not_asked' } };
  try {
    await write(alerts_file, alerts);
  } catch (error) {
    await putBack(thresholds_file, before);
    throw error;
  }
  const reload = await askToReload(settings);
  if (reload.state === 'refused') {
    await putBack(alerts_file, alertsBefore);
    await putBack(thresholds_file, before);
    await askToReload(settings);
  }
  return { reload };
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function putBack(file: string, text: string | undefined): Promise<void> {
  if (text === undefined) await rm(file, { force: true });
  else await write(file, text);
}

/** Whoever reads it meanwhile reads the old one or the new one, also after a loss of power. */
async function write(file: string, text: string): Promise<void> {
  const mode = await stat(file).then(
    (stats) => stats.mode & 0o777,
    () => DEFAULT_MODE,
  );
  const part = `${file}.new`;
  const handle = await open(part, 'w', mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, file);
}

/** 403 is Prometheus without --web.enable-lifecycle: the files are right, somebody has to tell it. */
async function askToReload({ prometheusUrl, reload_url }: RulesSettings): Promise<Reload> {
  try {
    const response = await sendRequest(reload_url ?? `${prometheusUrl}/-/reload`, {
      method: 'POST',
      size: MAX_ANSWER_BYTES,
      signal: AbortSignal.timeout(RELOAD_TIMEOUT_MS),
    });
    const text = (await response.text()).trim().slice(0, MAX_ANSWER_CHARS);
    if (response.ok) return { state: 'reloaded' };
    if ([401, 403, 404, 405].includes(response.status)) return { state: 'not_enabled' };
    return { state: 'refused', detail: `HTTP ${response.status}: ${text}` };
  } catch (error) {
    return { state: 'no_answer', detail: (error as Error).message };
  }
}
