// What forecasts are made from outlives the program: histories, fits, and how right earlier ones were. A restart reads what is new since.
import { join } from 'node:path';
import type { SignalDefinition } from '../features/signal.ts';
import type { Unavailable } from '../series/finding.ts';
import type { HistoryState } from './forecast-history.ts';
import type { TrackState } from './signal-track.ts';
import { decodeState, encodeState, readStateFile, replaceFile } from './state-file.ts';

/** To be raised with every change of what is stored: an older file is then built anew. */
const FORMAT = { magic: 'latency-guard-forecast-state', version: 1 };
const FILE = 'forecasts.state';
const SAVE_SECONDS = 600;

/** One signal at one horizon; worth nothing for another definition. */
export interface ForecastState {
  readonly key: string;
  readonly signal: SignalDefinition;
  readonly history: HistoryState;
  readonly track: TrackState;
}

export interface ForecastMemory {
  /** What was saved last, by key. Never rejects: what cannot be used is told, and made anew. */
  restore(now: number): Promise<ReadonlyMap<string, ForecastState>>;
  saveWhenDue(now: number, parts: () => Iterable<ForecastState>): Promise<void>;
  /** Nothing when nothing was ever restored. Never rejects. */
  save(parts: () => Iterable<ForecastState>): Promise<void>;
  unavailable(): readonly Unavailable[];
}

/** @param folder undefined = nothing is kept. */
export function createForecastMemory(
  folder: string | undefined,
  onProblem: (problem: Error) => void,
): ForecastMemory {
  if (folder === undefined) return NO_FORECAST_MEMORY;
  const file = join(folder, FILE);
  let isRestored = false;
  let savedAt = Number.NEGATIVE_INFINITY;
  let problem: Unavailable | undefined;
  const tell = (reason: string, error: Error) => {
    if (problem?.detail !== error.message) onProblem(error);
    problem = { what: 'forecast', signal: '', reason, detail: error.message };
  };

  async function restore(now: number): Promise<ReadonlyMap<string, ForecastState>> {
    savedAt = now;
    isRestored = true;
    try {
      const bytes = await readStateFile(file);
      const parts = bytes === undefined ? [] : (decodeState(FORMAT, bytes) as ForecastState[]);
      return new Map(parts.map((part) => [part.key, part]));
    } catch (error) {
      const { message } = error as Error;
      tell('state_unreadable', new Error(`${file}: ${message}: the histories are read anew`));
      return new Map();
    }
  }

  async function save(parts: () => Iterable<ForecastState>): Promise<void> {
    if (!isRestored) return;
    try {
      await replaceFile(file, await encodeState(FORMAT, parts()));
      problem = undefined;
    } catch (error) {
      const { message } = error as Error;
      tell('state_not_saved', new Error(`${file} cannot be written: ${message}`));
    }
  }

  return {
    restore,
    async saveWhenDue(now, parts) {
      if (Math.abs(now - savedAt) < SAVE_SECONDS) return;
      savedAt = now;
      await save(parts);
    },
    save,
    unavailable: () => (problem === undefined ? [] : [problem]),
  };
}

export const NO_FORECAST_MEMORY: ForecastMemory = {
  restore: async () => new Map(),
  saveWhenDue: async () => {},
  save: async () => {},
  unavailable: () => [],
};
