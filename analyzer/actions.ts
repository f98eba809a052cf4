// Actions as the configuration wants them: executors, playbooks, who may decide, and the loop's own pace.
import type { Logger } from '../service/log.ts';
import { createAlertmanagerClient } from './alerts/alertmanager.ts';
import { createGate, type Gate } from './api/operator-token.ts';
import type { Config } from './config.ts';
import { createScheduler, type Scheduler } from './pipeline/scheduler.ts';
import type { Querier } from './prometheus/querier.ts';
import { createExecutors } from './remediation/executors/list.ts';
import { loadPlaybooks } from './remediation/load-playbooks.ts';
import { createRemediationService, type RemediationService } from './remediation/service.ts';
import type { Finding } from './series/finding.ts';
import { createPostgresqlStore, createStore, type Store } from './store/store.ts';

const TICK_MS = 1_000;

type StoreParts = Pick<Config, 'remediation' | 'store'>;

export interface ConfiguredActions {
  readonly gate: Gate;
  readonly service: RemediationService;
  start(): void;
  /** Ends what runs: before another loop starts on the same store. */
  stop(): Promise<void>;
}

export interface ActionDeps {
  readonly store: Store;
  readonly querier: Querier;
  readonly findings: () => readonly Finding[];
  readonly clock: () => number;
  readonly log: Logger;
}

/**
 * Where only suggestions can be made, a folder that cannot be written does not keep the analyzer from its work.
 * @throws {Error} when playbooks are configured: what has run must not be forgotten.
 */
export function openActionStore(
  folder: string | undefined,
  { remediation, store }: StoreParts,
  log: Logger,
): Store {
  const { url, password_file: passwordFile, timeout, lease } = store;
  if (url !== undefined)
    return createPostgresqlStore({ url, passwordFile, timeoutMs: timeout * 1000 }, lease);
  try {
    return createStore(folder, lease);
  } catch (error) {
    if (remediation.playbooks !== undefined) throw error;
    log.warn({ err: error as Error }, 'suggestions are kept in memory only, webhooks are refused');
    return createStore(undefined, lease);
  }
}

/** Everything of the configuration that lies in other files. @throws {ConfigError} */
export function checkActions({ remediation, store }: StoreParts, hasFolder: boolean): void {
  createGate(remediation);
  const durable = hasFolder || store.url !== undefined;
  const { environments } = remediation;
  const executors = createExecutors(remediation);
  loadPlaybooks(remediation.playbooks, { executors, durable, environments });
}

/** @throws {ConfigError} */
export function createConfiguredActions(
  { remediation, alertmanager: { urls, timeout } }: Pick<Config, 'remediation' | 'alertmanager'>,
  deps: ActionDeps,
): ConfiguredActions {
  const alertmanager = createAlertmanagerClient(urls, { timeoutMs: timeout * 1000 });
  const gate = createGate(remediation);
  const service = createRemediationService({ ...deps, config: remediation, alertmanager });
  const scheduler: Scheduler = createScheduler({ intervalMs: TICK_MS, run: service.tick });
  return {
    gate,
    service,
    start: scheduler.start,
    async stop() {
      await scheduler.stop();
      await service.stop();
    },
  };
}
