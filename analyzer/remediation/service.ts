// Remediation as one running part of the analyzer: the store stays, the loop is built anew with every configuration.
import type { Logger } from '../../service/log.ts';
import type { AlertmanagerClient } from '../alerts/alertmanager.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Finding } from '../series/finding.ts';
import { type ActionRecord, OPEN_STATES } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';
import { type Announcer, createAnnouncer } from './announce.ts';
import type { RemediationConfig } from './config.ts';
import { createExecutors } from './executors/list.ts';
import { NEEDS_PERSON } from './intake.ts';
import { loadPlaybooks } from './load-playbooks.ts';
import type { LoadedPlaybook } from './playbook.ts';
import { createRemediation, type Remediation } from './remediation.ts';
import { createSilenceClient } from './silence.ts';
import { createSuggestionRanking, type SuggestionRanking } from './suggestion-ranking.ts';
import { whyWaiting } from './why-waiting.ts';

const PAGE_SECONDS = 3_600;
const MAX_TEXT_CHARS = 4_096;
const SILENCE_TIMEOUT_MS = 10_000;
const MAX_ANNOUNCED = 1_000;

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
  /** What helped before comes first. */
  readonly ranking: SuggestionRanking;
  /** Why an action that was approved has not begun. */
  readonly waits: (action: ActionRecord) => Promise<string | undefined>;
}

/** @throws {ConfigError} with every mistake of every playbook. */
export function createRemediationService(options: RemediationServiceOptions): RemediationService {
  const { store, config, alertmanager, log } = options;
  const executors = createExecutors(config);
  const { durable } = store;
  const { environments } = config;
  const playbooks = loadPlaybooks(config.playbooks, { executors, durable, environments });
  const silences = config.silence
    ? createSilenceClient(alertmanager.urls, { timeoutMs: SILENCE_TIMEOUT_MS })
    : undefined;
  const announcer = createAnnouncer({ alertmanager, silences, log });
  const escalate = createEscalation({ ...options, announcer });
  const loop = createRemediation({ ...options, executors, playbooks, escalate });
  const ranking = createSuggestionRanking(store, playbooks, options.clock);
  const announced = announcing(loop, { ...options, announcer });
  const waits = (action: ActionRecord) => whyWaiting({ ...options, playbooks }, action);
  return { ...announced, tick: () => tickBoth(announced, ranking), playbooks, ranking, waits };
}

/** While the store cannot be used the order stays; the loop has said so. */
async function tickBoth(loop: Remediation, ranking: SuggestionRanking): Promise<void> {
  await Promise.all([loop.tick(), ranking.read().catch(() => {})]);
}

/** Alertmanager hears after every turn; the loop does not wait for it. */
function announcing(
  loop: Remediation,
  { store, clock, log, announcer }: RemediationServiceOptions & { readonly announcer: Announcer },
): Remediation {
  let telling: Promise<void> | undefined;
  const tell = async () => {
    const states = OPEN_STATES.filter((state) => state !== 'suggested' && state !== 'waiting');
    await announcer.tell(await store.actions.list({ states, limit: MAX_ANNOUNCED }), clock());
  };
  return {
    async tick() {
      await loop.tick();
      if (!store.leader.isHeld()) return;
      telling ??= tell()
        .catch((error: Error) => log.warn({ err: error }, 'not announced'))
        .finally(() => {
          telling = undefined;
        });
    },
    running: loop.running,
    async idle() {
      await loop.idle();
      await telling;
    },
    async stop() {
      await loop.stop();
      await telling;
    },
  };
}

/** A person hears of it by the way they hear of everything: an alert that ends by itself. */
function createEscalation({
  alertmanager,
  clock,
  log,
  announcer,
}: RemediationServiceOptions & { readonly announcer: Announcer }) {
  return (action: ActionRecord): void => {
    const { id, playbook, host, kind, state, reason } = action;
    log.warn({ action: id, playbook, host, state, reason }, 'an action needs a person');
    if (alertmanager.urls.length === 0) return;
    const now = clock();
    void announcer.failed(action, now);
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
