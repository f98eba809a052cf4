// What the watches know, on disk: versioned, checksummed, replaced as a whole; without a folder it is kept in memory.
import { join } from 'node:path';
import { z } from 'zod';
import { type FeedbackState, MAX_LABELS, NO_FEEDBACK } from '../anomaly/feedback.ts';
import { decodeState, encodeState, readStateFile, replaceFile } from './state-file.ts';

/** To be raised with every change of what is stored: an older file is then built anew. */
const FORMAT = { magic: 'latency-guard-anomaly-state', version: 1 };
const STATE_FILE = 'anomaly.state';
const FEEDBACK_FILE = 'anomaly-feedback.json';

export interface AnomalyStore {
  /** The parts that were saved last; undefined when there are none yet. @throws {Error} when they cannot be used. */
  load(): Promise<unknown[] | undefined>;
  /** Parts are serialised one by one, the event loop has its turn between two. @throws {Error} when it cannot be written. */
  save(parts: Iterable<unknown>): Promise<void>;
  /** @throws {Error} when they cannot be used. */
  loadFeedback(): Promise<FeedbackState>;
  saveFeedback(state: FeedbackState): Promise<void>;
}

/** @param folder created when it is not there; undefined = in memory, for as long as the program runs. */
export function createAnomalyStore(folder: string | undefined): AnomalyStore {
  return folder === undefined ? inMemory() : onDisk(folder);
}

function inMemory(): AnomalyStore {
  let state: Buffer | undefined;
  let feedback = NO_FEEDBACK;
  return {
    load: async () => (state === undefined ? undefined : decodeState(FORMAT, state)),
    async save(parts) {
      state = await encodeState(FORMAT, parts);
    },
    loadFeedback: async () => feedback,
    async saveFeedback(next) {
      feedback = next;
    },
  };
}

function onDisk(folder: string): AnomalyStore {
  const [stateFile, feedbackFile] = [join(folder, STATE_FILE), join(folder, FEEDBACK_FILE)];
  return {
    async load() {
      const bytes = await readStateFile(stateFile);
      if (bytes === undefined) return undefined;
      try {
        return decodeState(FORMAT, bytes);
      } catch (error) {
        throw new Error(`${stateFile}: ${(error as Error).message}`, { cause: error });
      }
    },
    save: async (parts) => replaceFile(stateFile, await encodeState(FORMAT, parts)),
    async loadFeedback() {
      const bytes = await readStateFile(feedbackFile);
      if (bytes === undefined) return NO_FEEDBACK;
      try {
        return feedbackSchema.parse(JSON.parse(bytes.toString('utf8')));
      } catch (error) {
        const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
        throw new Error(`${feedbackFile} holds no labels: ${reason}`, { cause: error });
      }
    },
    saveFeedback: (state) => replaceFile(feedbackFile, Buffer.from(JSON.stringify(state))),
  };
}

const labels = z.record(z.string(), z.string());
const feedbackSchema = z.strictObject({
  labels: z
    .array(
      z.strictObject({
        signal: z.string(),
        labels,
        verdict: z.enum(['real', 'noise']),
        at: z.number(),
        began: z.number().optional(),
        alarm: z.strictObject({ since: z.number(), peak: z.number() }).optional(),
      }),
    )
    .max(MAX_LABELS),
  thresholds: z.array(
    z.strictObject({ signal: z.string(), labels, factor: z.number().positive() }),
  ),
});
