// What outlives the program, on disk: versioned, checksummed, replaced as a whole, bounded. A reader sees the old file or the new one.
import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { deserialize, serialize } from 'node:v8';

const MAX_FILE_BYTES = 512 * 1024 * 1024;
const MAX_HEADER_BYTES = 128;
const LENGTH_BYTES = 4;

/** The first word of the file, and what is raised with every change of what is stored: an older file is then built anew. */
export interface StateFormat {
  readonly magic: string;
  readonly version: number;
}

/** Header line with version and SHA-256, then each part with its length before it; the event loop has its turn after each part. */
export async function encodeState(
  { magic, version }: StateFormat,
  parts: Iterable<unknown>,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const hash = createHash('sha256');
  let bytesSoFar = 0;
  for (const part of parts) {
    const bytes = serialize(part);
    bytesSoFar += bytes.length + LENGTH_BYTES;
    if (bytesSoFar > MAX_FILE_BYTES)
      throw new Error(`the state is larger than ${MAX_FILE_BYTES} bytes: watch or forecast less`);
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(bytes.length);
    hash.update(length).update(bytes);
    chunks.push(length, bytes);
    await setImmediate();
  }
  return Buffer.concat([Buffer.from(`${magic} ${version} ${hash.digest('hex')}\n`), ...chunks]);
}

/** @throws {Error} for another version, a damaged file, or something else. */
export function decodeState({ magic, version }: StateFormat, bytes: Buffer): unknown[] {
  const end = bytes.subarray(0, MAX_HEADER_BYTES).indexOf('\n');
  const [word, number, checksum] = bytes.toString('latin1', 0, Math.max(0, end)).split(' ');
  if (word !== magic) throw new Error(`not a state of ${magic}`);
  if (number !== String(version))
    throw new Error(`version ${number}, this program reads ${version}`);
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

/** Undefined when there is none. @throws {Error} naming the file. */
export async function readStateFile(file: string): Promise<Buffer | undefined> {
  try {
    const { size } = await stat(file);
    if (size > MAX_FILE_BYTES) throw new Error(`${file} is larger than ${MAX_FILE_BYTES} bytes`);
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** On disk when it resolves, also if the power fails then. @throws {Error} and leaves the old file as it was. */
export async function replaceFile(file: string, bytes: Buffer): Promise<void> {
  const folder = dirname(file);
  const next = `${file}.new`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await writeSynced(next, bytes);
    await rename(next, file);
  } catch (error) {
    // Half of a file would take the room that somebody else needs on a full disk.
    await rm(next, { force: true }).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

async function writeSynced(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'w', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A name is on disk only when its folder is (fsync(2)). */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
