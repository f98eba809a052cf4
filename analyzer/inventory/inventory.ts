// One step of the inventory: from the last minute that was written up to now, in bounded pieces. What fails is tried again at the next step.
// Nothing waits in memory: Prometheus is the queue.
import { type Querier, QueryError } from '../prometheus/querier.ts';
import type { InventoryRecords } from './inventory-records.ts';
import type { PartitionSpan } from './partitions.ts';
import { readInfo } from './read-info.ts';
import { MINUTE_SECONDS, readUsage } from './read-usage.ts';
import type { InventorySource } from './source.ts';

/** Read and written at once: what a longer outage has left is caught up on in pieces of this. */
const MAX_MINUTES_PER_PIECE = 15;
/** So that one step ends, however long the outage was: a day of it. */
const MAX_PIECES_PER_STEP = 100;
const INFO_SECONDS = 300;
const FORGET_SECONDS = 3_600;

export interface InventoryOptions {
  readonly sources: readonly InventorySource[];
  readonly querier: Querier;
  readonly records: InventoryRecords;
  readonly span: PartitionSpan;
  /** Seconds. */
  readonly retention: number;
  /** How far back a gap is filled, in seconds. */
  readonly catchUp: number;
  /** Seconds after a minute's end at which it is read: by then its samples have arrived. */
  readonly delay: number;
}

export interface StepReport {
  readonly rows: number;
  /** The last minute written, by source, in Unix seconds. */
  readonly through: Readonly<Record<string, number>>;
  /** Seconds that lie further back than `catchUp` and stay unread. */
  readonly skippedSeconds: number;
  readonly droppedPartitions: number;
}

export interface Inventory {
  /**
   * @param now Unix seconds. @param signal ends it after the piece at hand.
   * @throws {QueryError | StoreUnavailableError} pieces that were written before stay written.
   */
  step(now: number, signal?: AbortSignal): Promise<StepReport>;
}

export function createInventory(options: InventoryOptions): Inventory {
  const { sources, querier, records, retention } = options;
  let infoAt = Number.NEGATIVE_INFINITY;
  let forgottenAt = Number.NEGATIVE_INFINITY;
  const advance = createAdvance(options);
  return {
    async step(now, signal) {
      const reports: SourceReport[] = [];
      for (const source of sources) reports.push(await advance(source, now, signal));
      if (now >= infoAt + INFO_SECONDS) {
        for (const source of sources)
          await records.writeInfo(
            source.name,
            await readInfo(source, now, querier),
            Math.floor(now),
          );
        infoAt = now;
      }
      let droppedPartitions = 0;
      if (now >= forgottenAt + FORGET_SECONDS) {
        droppedPartitions = await records.forget(now - retention);
        forgottenAt = now;
      }
      return {
        rows: reports.reduce((sum, { rows }) => sum + rows, 0),
        skippedSeconds: Math.max(0, ...reports.map(({ skippedSeconds }) => skippedSeconds)),
        through: Object.fromEntries(reports.map(({ source, through }) => [source, through])),
        droppedPartitions,
      };
    },
  };
}

interface SourceReport {
  readonly source: string;
  readonly rows: number;
  readonly through: number;
  readonly skippedSeconds: number;
}

function createAdvance({ records, querier, span, catchUp, delay }: InventoryOptions) {
  const pieces = createPieceSize();
  return async (
    source: InventorySource,
    now: number,
    signal?: AbortSignal,
  ): Promise<SourceReport> => {
    const { name } = source;
    const last = floorMinute(now - delay);
    const before = await records.progress(name);
    const earliest = last - floorMinute(catchUp);
    let next = Math.max(earliest, before === undefined ? earliest : before + MINUTE_SECONDS);
    const skippedSeconds = before === undefined ? 0 : Math.max(0, next - before - MINUTE_SECONDS);
    let written = 0;
    for (let piece = 0; piece < MAX_PIECES_PER_STEP && next <= last; piece += 1) {
      if (signal?.aborted) break;
      const to = Math.min(last, next + (pieces.minutes() - 1) * MINUTE_SECONDS);
      const minutes = { from: next, to };
      const rows = await pieces.watch(() => readUsage(source, minutes, querier));
      await records.writeUsage({ source: name, minutes, rows }, span);
      written += rows.length;
      next = to + MINUTE_SECONDS;
    }
    return { source: name, rows: written, through: next - MINUTE_SECONDS, skippedSeconds };
  };
}

/** A server that cannot answer for a quarter of an hour at once may be able to for a minute. */
function createPieceSize() {
  let minutes = MAX_MINUTES_PER_PIECE;
  return {
    minutes: () => minutes,
    async watch<T>(work: () => Promise<T>): Promise<T> {
      try {
        const result = await work();
        minutes = Math.min(MAX_MINUTES_PER_PIECE, minutes * 2);
        return result;
      } catch (error) {
        if (error instanceof QueryError) minutes = Math.max(1, Math.floor(minutes / 2));
        throw error;
      }
    },
  };
}

function floorMinute(time: number): number {
  return Math.floor(time / MINUTE_SECONDS) * MINUTE_SECONDS;
}
