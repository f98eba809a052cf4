// Bytes of a log file → lines. The rest of a chunk waits for its end, up to a bound; what is longer is dropped and counted.

export interface LineCutter {
  /** Cuts a chunk; `rest` is kept for the next one. */
  push(chunk: Buffer): void;
  /** Forgets the unfinished line. True when there was one. */
  reset(): boolean;
}

export interface LineListener {
  /** Without the line feed and the carriage return before it. Bytes that are no UTF-8 come as U+FFFD. */
  line(text: string): void;
  tooLong(): void;
}

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export function createLineCutter(listener: LineListener, maxLineBytes: number): LineCutter {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let dropping = false;
  const reset = (): boolean => {
    const had = restBytes > 0 || dropping;
    rest = [];
    restBytes = 0;
    dropping = false;
    return had;
  };
  const finish = (piece: Buffer): void => {
    const tooLong = dropping || restBytes + piece.length > maxLineBytes;
    const line = tooLong || restBytes === 0 ? piece : Buffer.concat([...rest, piece]);
    reset();
    if (tooLong) listener.tooLong();
    else listener.line(toText(line));
  };
  const keep = (piece: Buffer): void => {
    if (piece.length === 0 || dropping) return;
    if (restBytes + piece.length > maxLineBytes) {
      reset();
      dropping = true;
      return;
    }
    // A copy, because the chunk's memory is used again.
    rest.push(Buffer.from(piece));
    restBytes += piece.length;
  };
  return {
    push(chunk) {
      let start = 0;
      for (;;) {
        const end = chunk.indexOf(LINE_FEED, start);
        if (end === -1) break;
        finish(chunk.subarray(start, end));
        start = end + 1;
      }
      keep(chunk.subarray(start));
    },
    reset,
  };
}

function toText(line: Buffer): string {
  const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
  return line.toString('utf8', 0, end);
}
