// Learned models on disk: one file a version, with a checksum; a small file names the one in use, so that going back is one write.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Model, modelSchema } from '../learning/classifier.ts';

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_VERSIONS = 10_000;
const CURRENT = 'current';
const NAME = /^model-(\d{4,6})\.json$/;
const envelope = z.strictObject({ format: z.literal(1), sha256: z.string(), model: z.unknown() });

/** A folder or a file in it that is not as it has to be; the message says which and what to do. */
export class ModelFileError extends Error {
  override readonly name = 'ModelFileError';
}

/** Versions there are, ascending; none when the folder does not exist. @throws {ModelFileError} */
export function listVersions(folder: string): number[] {
  try {
    return readdirSync(folder)
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new ModelFileError(`${folder}: cannot be listed: ${(error as Error).message}`);
  }
}

/** The version in use; undefined when none was ever chosen. @throws {ModelFileError} */
export function currentVersion(folder: string): number | undefined {
  const file = join(folder, CURRENT);
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ModelFileError(`${file}: cannot be read: ${(error as Error).message}`);
  }
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new ModelFileError(`${file}: expected the number of a version, not ${text.slice(0, 20)}`);
}

/** Checked against its checksum and its shape. @throws {ModelFileError} */
export function readModel(folder: string, version: number): Model {
  const file = fileOf(folder, version);
  try {
    const { size } = statSync(file);
    if (size > MAX_FILE_BYTES) throw new Error(`${size} bytes, at most ${MAX_FILE_BYTES}`);
    const { sha256, model } = envelope.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (sha256 !== checksum(JSON.stringify(model))) throw new Error('the checksum does not fit');
    return modelSchema.parse(model);
  } catch (error) {
    const reason =
      error instanceof z.ZodError
        ? z.prettifyError(error).split('\n', 1)[0]
        : (error as Error).message;
    throw new ModelFileError(
      `${file}: cannot be used: ${reason} (guard retrain --roll-back takes an earlier version)`,
    );
  }
}

/** Saves it under the next version, which is answered; the one in use stays. @throws {ModelFileError} */
export function saveModel(folder: string, trained: Omit<Model, 'version'>): number {
  mkdirSync(folder, { recursive: true });
  const version = (listVersions(folder).at(-1) ?? 0) + 1;
  if (version > MAX_VERSIONS) throw new ModelFileError(`${folder}: full: remove old versions`);
  const model = { version, ...trained };
  const text = JSON.stringify({ format: 1, sha256: checksum(JSON.stringify(model)), model });
  replaceFile(fileOf(folder, version), text);
  return version;
}

/** From now on this version is in use; a running analyzer takes it at its next reload. @throws {ModelFileError} */
export function chooseVersion(folder: string, version: number): void {
  readModel(folder, version);
  replaceFile(join(folder, CURRENT), `${version}\n`);
}

export function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function fileOf(folder: string, version: number): string {
  return join(folder, `model-${String(version).padStart(4, '0')}.json`);
}

/** A reader sees the old file or the new one, never half of it. */
function replaceFile(file: string, text: string): void {
  try {
    writeFileSync(`${file}.new`, text);
    renameSync(`${file}.new`, file);
  } catch (error) {
    throw new ModelFileError(`${file}: cannot be written: ${(error as Error).message}`);
  }
}
