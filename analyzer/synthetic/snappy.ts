// Snappy's block format, read with every length checked: what comes is anybody's. (snappyjs 0.7 takes a literal's length of 2 GiB and
// more for a negative number, goes backwards by it and never ends; it only writes here.)
// Source: https://github.com/google/snappy/blob/main/format_description.txt

/** Groups of seven bits of the length in front. */
const MAX_LENGTH_BYTES = 5;
/** A literal up to this long has its length in the tag itself, of a longer one 1 to 4 bytes follow. */
const MAX_SHORT_LITERAL = 60;

interface Reader {
  readonly bytes: Uint8Array;
  at: number;
}

/** @throws {Error} when the bytes are not one whole block, or mean more than `maxBytes`. O(length of either). */
export function uncompressSnappy(bytes: Uint8Array, maxBytes: number): Uint8Array {
  const reader: Reader = { bytes, at: 0 };
  const length = readLength(reader);
  if (length > maxBytes)
    throw new Error(`a snappy block of ${length} bytes is too big, at most ${maxBytes} are taken`);
  const output = new Uint8Array(length);
  let written = 0;
  while (reader.at < bytes.length) {
    const tag = take(reader, 1);
    written =
      (tag & 3) === 0
        ? copyLiteral({ reader, output, written }, tag >>> 2)
        : copyBack({ reader, output, written }, tag);
  }
  if (written !== length) throw broken(`${written} bytes where ${length} were announced`);
  return output;
}

interface Step {
  readonly reader: Reader;
  readonly output: Uint8Array;
  readonly written: number;
}

/** @returns how much is written then. */
function copyLiteral({ reader, output, written }: Step, size: number): number {
  const length = 1 + (size < MAX_SHORT_LITERAL ? size : take(reader, size - MAX_SHORT_LITERAL + 1));
  const end = reader.at + length;
  if (end > reader.bytes.length || written + length > output.length)
    throw broken(`a literal of ${length} bytes does not fit`);
  output.set(reader.bytes.subarray(reader.at, end), written);
  reader.at = end;
  return written + length;
}

/** The copy may reach into itself: then it repeats. */
function copyBack({ reader, output, written }: Step, tag: number): number {
  const isShort = (tag & 3) === 1;
  const length = isShort ? 4 + ((tag >>> 2) & 7) : 1 + (tag >>> 2);
  const offset = isShort
    ? ((tag >>> 5) << 8) + take(reader, 1)
    : take(reader, (tag & 3) === 2 ? 2 : 4);
  if (offset === 0 || offset > written || written + length > output.length)
    throw broken(`a copy of ${length} bytes from ${offset} back does not fit`);
  for (let index = written; index < written + length; index += 1)
    output[index] = output[index - offset]!;
  return written + length;
}

/** Little-endian, never negative. */
function take(reader: Reader, count: number): number {
  let value = 0;
  for (let index = 0; index < count; index += 1) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) throw broken('it ends early');
    value += byte * 2 ** (8 * index);
    reader.at += 1;
  }
  return value;
}

function readLength(reader: Reader): number {
  let length = 0;
  for (let index = 0; index < MAX_LENGTH_BYTES; index += 1) {
    const byte = take(reader, 1);
    length += (byte & 0x7f) * 2 ** (7 * index);
    if (byte < 0x80) return length;
  }
  throw broken('its length has no end');
}

function broken(what: string): Error {
  return new Error(`not a snappy block: ${what}`);
}
