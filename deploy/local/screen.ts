// Where the words go: on a terminal lines above and an area below that is drawn in place, elsewhere plain lines.
import { fit } from './text.ts';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

export interface Screen {
  readonly live: boolean;
  /** Columns that a line of the area may use. */
  width(): number;
  /** A text that stays. */
  say(text: string): void;
  /** Replaces the lines at the bottom; nothing where there is no terminal. */
  draw(lines: readonly string[]): void;
}

export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export function createScreen(output: Output): Screen {
  const live = output.isTTY === true;
  let area: readonly string[] = [];
  // One column stays free: a full line makes some terminals wrap.
  const width = (): number => (output.columns || DEFAULT_COLUMNS) - 1;
  const paint = (text: string, lines: readonly string[]): void => {
    const up = area.length > 0 ? `\u001b[${area.length}A\r\u001b[J` : '';
    // An area higher than the terminal cannot be found again by moving the cursor up.
    area = lines
      .slice(0, Math.max(1, (output.rows || DEFAULT_ROWS) - 1))
      .map((line) => fit(line, width()));
    output.write(`${up}${text}${area.map((line) => `${line}\n`).join('')}`);
  };
  return {
    live,
    width,
    say: (text) => (live ? paint(`${text}\n`, area) : output.write(`${text}\n`)),
    draw: (lines) => {
      if (live) paint('', lines);
    },
  };
}
