// Bytes of a stream → lines, with a bound on the length of one line.
import { StringDecoder } from 'node:string_decoder';

const MAX_LINE_CHARS = 4096;

/** Takes chunks and calls back once per complete line, without the line feed. A line beyond the bound is dropped. */
export function createLineSplitter(
  onLine: (line: string) => void,
  maxChars = MAX_LINE_CHARS,
): (chunk: Buffer) => void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let dropping = false;
  return (chunk) => {
    const parts = (rest + decoder.write(chunk)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      if (!dropping && line.length <= maxChars) onLine(line);
      dropping = false;
    }
    if (rest.length > maxChars) {
      rest = '';
      dropping = true;
    }
  };
}
