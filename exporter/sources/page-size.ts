// The kernel's page size, which the vmstat counters are in. It is 4096 on x86, but 16 or 64 KiB on many ARM hosts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NoDataError } from './no-data.ts';

/** Auxiliary vector: pairs of native 64-bit words, see getauxval(3). */
const AT_PAGESZ = 6n;
const PAIR_BYTES = 16;

/** Bytes of one page, read from the auxiliary vector. @throws {NoDataError} when there is none. */
export function readPageSize(procfs: string): number {
  const path = join(procfs, 'self/auxv');
  let vector: Buffer;
  try {
    vector = readFileSync(path);
  } catch (cause) {
    throw new NoDataError('not_supported', `Cannot read ${path}: ${(cause as Error).message}`);
  }
  for (let at = 0; at + PAIR_BYTES <= vector.length; at += PAIR_BYTES) {
    if (vector.readBigUInt64LE(at) === AT_PAGESZ) return Number(vector.readBigUInt64LE(at + 8));
  }
  throw new NoDataError('not_supported', `No page size in ${path}`);
}
