// The inventory as the configuration wants it: which PostgreSQL, how often, and what is said when it cannot be written.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../service/log.ts';
import type { Config } from './config.ts';
import { createInventory } from './inventory/inventory.ts';
import { createInventoryRecords } from './inventory/inventory-records.ts';
import { INVENTORY_SOURCES } from './inventory/list.ts';
import { INVENTORY_TABLES } from './inventory/tables.ts';
import type { AnalyzerMetrics } from './metrics.ts';
import { createScheduler, type Scheduler } from './pipeline/scheduler.ts';
import { type Querier, QueryError } from './prometheus/querier.ts';
import { StoreUnavailableError } from './store/database.ts';
import { openPostgresql } from './store/postgresql.ts';

const STEP_MS = 15_000;
/** A step that hangs in a query is left alone then: what it has begun is rolled back or complete. */
const STOP_WAIT_MS = 1_000;

export interface InventoryDeps {
  readonly querier: Querier;
  readonly metrics: Pick<AnalyzerMetrics, 'inventoryWritten' | 'inventoryFailed'>;
  readonly clock: () => number;
  readonly log: Logger;
  readonly stepMs?: number;
}

/** Does nothing unless it is enabled. */
export function createConfiguredInventory(
  { inventory: config, store }: Pick<Config, 'inventory' | 'store'>,
  deps: InventoryDeps,
): Scheduler {
  const own = config.url !== undefined;
  const { url, password_file: passwordFile } = own ? config : store;
  if (!config.enabled || url === undefined) return { start() {}, async stop() {} };
  const timeoutMs = config.timeout * 1000;
  const database = openPostgresql({ url, passwordFile, timeoutMs }, INVENTORY_TABLES);
  const inventory = createInventory({
    sources: INVENTORY_SOURCES,
    querier: deps.querier,
    records: createInventoryRecords(database),
    span: config.partition,
    retention: config.retention,
    catchUp: config.catch_up,
    delay: config.delay,
  });
  const stopping = new AbortController();
  const scheduler = createScheduler({
    intervalMs: deps.stepMs ?? STEP_MS,
    run: tellOnce(deps, () => inventory.step(deps.clock(), stopping.signal)),
  });
  return {
    start: scheduler.start,
    async stop() {
      stopping.abort();
      await Promise.race([scheduler.stop(), sleep(STOP_WAIT_MS, undefined, { ref: false })]);
      await database.close();
    },
  };
}

/** An outage is one warning, and one line when it is over; every failure counts in the metrics. */
function tellOnce(
  { metrics, log }: InventoryDeps,
  step: () => ReturnType<ReturnType<typeof createInventory>['step']>,
): () => Promise<void> {
  let failing: string | undefined;
  return async () => {
    try {
      const report = await step();
      metrics.inventoryWritten(report);
      if (failing !== undefined) log.info({ rows: report.rows }, 'inventory is written again');
      failing = undefined;
      if (report.skippedSeconds > 0)
        log.warn({ seconds: report.skippedSeconds }, 'inventory has a gap longer than catch_up');
    } catch (error) {
      const reason = reasonOf(error);
      metrics.inventoryFailed(reason);
      if (failing !== reason)
        log.warn({ err: error as Error, reason }, 'inventory cannot be written, it is tried again');
      failing = reason;
    }
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof StoreUnavailableError) return error.reason;
  return error instanceof QueryError ? `query_${error.kind}` : 'unexpected';
}
