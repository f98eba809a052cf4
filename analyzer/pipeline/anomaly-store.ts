// What the watches know, on disk: versioned, checksummed, replaced as a whole; without a folder it is kept in memory.
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';
import { z } from 'zod';
import { type FeedbackState, MAX_LABELS, NO_FEEDBACK } from '../anomaly/feedback.ts';

const MAGIC = 'latency-guard-anomaly-state';
/** To be raised with every change of what is stored: an older file is then built anew. */
const VERSION = 1;
const STATE_FILE = 'anomaly.state';
const FEEDBACK_FILE = 'anomaly-feedback.json';
/** 10,000 series and 200 models. */
const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_HEADER_BYTES = 128;
const LENGTH_BYTES = 4;

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
    load: async () => (state === undefined ? undefined : decodeParts(state)),
    async save(parts) {
      state = await encodeParts(parts);
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
      const bytes = await readIfThere(stateFile);
      if (bytes === undefined) return undefined;
      try {
        return decodeParts(bytes);
      } catch (error) {
        throw new Error(`${stateFile}: ${(error as Error).message}`, { cause: error });
      }
    },
    save: async (parts) => replace(folder, stateFile, await encodeParts(parts)),
    async loadFeedback() {
      const bytes = await readIfThere(feedbackFile);
      if (bytes === undefined) return NO_FEEDBACK;
      try {
        return feedbackSchema.parse(JSON.parse(bytes.toString('utf8')));
      } catch (error) {
        const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
        throw new Error(`${feedbackFile} holds no labels: ${reason}`, { cause: error });
      }
    },
    saveFeedback: (state) => replace(folder, feedbackFile, Buffer.from(JSON.stringify(state))),
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

/** Header line with version and SHA-256, then each part with its length before it. */
export async function encodeParts(parts: Iterable<unknown>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = serialize(part);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    hash.update(length).update(bytes);
    chunks.push(length, bytes);
    await setImmediate();
  }
  return Buffer.concat([Buffer.from(`${MAGIC} ${VERSION} ${hash.digest('hex')}\n`), ...chunks]);
}

/** @throws {Error} for another version, a damaged file, or something else. */
export function decodeParts(bytes: Buffer): unknown[] {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n');
  const [magic, version, checksum] = bytes.toString('latin1', 0, Math.max(0, end)).split(' ');
  if (magic !== MAGIC) throw new Error('not a state of the anomaly watch');
  if (version !== String(VERSION))
    throw new Error(`version ${version}, this program reads ${VERSION}`);
  const body = bytes.subarray(end + 1);
  if (createHash('sha256').update(body).digest('hex') !== checksum)
    throw new Error('damaged: the checksum does not match');
  const parts: unknown[] = [];
  for (let at = 0; at < body.length; ) {
    const length = body.readUInt32LE(at);
    // In a buffer of its own: the arrays of a part are views of it, and keep no other part alive.
    const part = Uint8Array.from(body.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length));
    parts.push(deserialize(part));
    at += LENGTH_BYTES + length;
  }
  return parts;
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new Error(`${file} is larger than ${MAX_FILE_BYTES} bytes`);
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Readers see the old file or the new one, never half of it. */
async function replace(folder: string, file: string, bytes: Buffer): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, bytes, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}
