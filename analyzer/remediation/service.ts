// Remediation as one running part of the analyzer: the store stays, the loop is built anew with every configuration.
import type { Logger } from '../../service/log.ts';
import type { AlertmanagerClient } from '../alerts/alertmanager.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Finding } from '../series/finding.ts';
import type { ActionRecord } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';
import type { RemediationConfig } from './config.ts';
import { createExecutors } from './executors/list.ts';
import { NEEDS_PERSON } from './intake.ts';
import { loadPlaybooks } from './load-playbooks.ts';
import type { LoadedPlaybook } from './playbook.ts';
import { createRemediation, type Remediation } from './remediation.ts';

const PAGE_SECONDS = 3_600;
const MAX_TEXT_CHARS = 4_096;

export interface RemediationServiceOptions {
  readonly store: Store;
  readonly config: RemediationConfig;
  readonly querier: Querier;
  readonly alertmanager: AlertmanagerClient;
  readonly findings: () => readonly Finding[];
  readonly clock: () => number;
  readonly log: Logger;
}

export interface RemediationService extends Remediation {
  readonly playbooks: readonly LoadedPlaybook[];
}

/** @throws {ConfigError} with every mistake of every playbook. */
export function createRemediationService(options: RemediationServiceOptions): RemediationService {
  const { store, config, log } = options;
  const executors = createExecutors(config);
  const playbooks = loadPlaybooks(config.playbooks, { executors, durable: store.durable });
  const escalate = createEscalation(options);
  const loop = createRemediation({ ...options, executors, playbooks, escalate, log });
  return { ...loop, playbooks };
}

/** A person hears of it by the way they hear of everything: an alert that ends by itself. */
export function createEscalation({
  alertmanager,
  clock,
  log,
}: Pick<RemediationServiceOptions, 'alertmanager' | 'clock' | 'log'>) {
  return (action: ActionRecord): void => {
    const { id, playbook, host, kind, state, reason } = action;
    log.warn({ action: id, playbook, host, state, reason }, 'an action needs a person');
    if (alertmanager.urls.length === 0) return;
    const now = clock();
    const at = (seconds: number) => new Date(seconds * 1000).toISOString();
    const alert = {
      labels: {
        alertname: NEEDS_PERSON,
        severity: 'warning',
        playbook,
        instance: host || 'unknown',
      },
      annotations: {
        summary: `${playbook} on ${host || 'an unknown host'} did not help: ${state}`,
        description: `${kind}: ${reason}. guard actions show ${id}`.slice(0, MAX_TEXT_CHARS),
      },
      startsAt: at(now),
      endsAt: at(now + PAGE_SECONDS),
    };
    alertmanager
      .send([alert])
      .then((results) => {
        for (const { error } of results) if (error !== undefined) log.warn({ error }, 'not paged');
      })
      .catch((error: Error) => log.warn({ err: error }, 'not paged'));
  };
}
