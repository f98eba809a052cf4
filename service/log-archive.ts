// Compresses a log file and removes the original, in an order in which a crash, a full disk or a writer that is still at it loses nothing.
import { createHash, type Hash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { type FileHandle, link, lstat, open, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';

const { O_RDONLY, O_NOFOLLOW, O_WRONLY, O_CREAT, O_EXCL } = constants;
const PERMISSIONS = 0o777;
const CHUNK_BYTES = 64 * 1024;

export interface Archived {
  readonly file: string;
  readonly archive: string;
  readonly bytes: number;
  readonly archivedBytes: number;
  /** Of what was compressed, and of what comes out of the archive. */
  readonly sha256: string;
}

/**
 * `file` becomes `archive` (gzip). The original goes only when the archive is on the disk, gives back the same bytes, and nobody
 * has changed the original since. Neither follows a symbolic link nor replaces a file.
 * @throws {Error} saying what happened; then the original is as it was.
 */
export async function archiveFile(file: string, archive = `${file}.gz`): Promise<Archived> {
  const part = `${archive}.part`;
  const source = await open(file, O_RDONLY | O_NOFOLLOW);
  try {
    const before = await source.stat();
    if (!before.isFile()) throw new Error(`${file} is not a regular file`);
    // Of one who was ended in the middle; only one process at a time works on a folder.
    await rm(part, { force: true });
    const target = await open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    const written = await compress(source, target).finally(() => target.close());
    const { size: archivedBytes } = await lstat(part);
    const restored = await restoredHash(part);
    if (restored !== written.sha256)
      throw new Error(`${part} does not give back the ${written.bytes} bytes of ${file}`);
    const after = await source.stat();
    const now = await lstat(file);
    const isSame = after.size === written.bytes && after.mtimeMs === before.mtimeMs;
    if (!isSame || now.ino !== before.ino || now.dev !== before.dev)
      throw new Error(`${file} was written to while it was compressed`);
    await keepIdentity(part, before);
    // Unlike a rename, a link never replaces what has that name already.
    await link(part, archive);
    await syncFolder(dirname(archive));
    await unlink(file);
    return { file, archive, archivedBytes, ...written };
  } finally {
    await source.close();
    await rm(part, { force: true });
  }
}

async function compress(source: FileHandle, target: FileHandle) {
  const hash = createHash('sha256');
  let bytes = 0;
  const count = through(hash, (chunk) => {
    bytes += chunk.length;
  });
  await pipeline(chunksOf(source), count, createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) await target.appendFile(chunk);
  });
  await target.sync();
  return { bytes, sha256: hash.digest('hex') };
}

async function* chunksOf(source: FileHandle): AsyncGenerator<Buffer> {
  for (let at = 0; ; ) {
    // Of its own each time: the chunk before may still be on its way through gzip.
    const { bytesRead, buffer } = await source.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function restoredHash(archive: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(archive), createGunzip(), through(hash), async (chunks) => {
    // Only hashed: nobody wants the bytes.
    for await (const _chunk of chunks);
  });
  return hash.digest('hex');
}

function through(hash: Hash, onChunk: (chunk: Buffer) => void = () => {}): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      onChunk(chunk);
      done(null, chunk);
    },
  });
}

interface Identity {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly atime: Date;
  readonly mtime: Date;
}

/** The archive is as old as what is in it, and belongs to the same. Only root can give files away; for others it is their own. */
async function keepIdentity(part: string, { mode, uid, gid, atime, mtime }: Identity) {
  const handle = await open(part, O_RDONLY | O_NOFOLLOW);
  try {
    if (process.getuid?.() === 0) await handle.chown(uid, gid);
    await handle.chmod(mode & PERMISSIONS);
    await handle.utimes(atime, mtime);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, O_RDONLY);
  await handle.sync().finally(() => handle.close());
}
