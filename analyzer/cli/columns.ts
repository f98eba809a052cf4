// Rows as aligned columns of text, whatever comes in the labels.

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A title line and one line per row; columns are two spaces apart, as wide as their widest cell. */
export function renderColumns(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string[] {
  const cells = rows.map((row) => row.map(printable));
  const widths = columns.map(({ title }, index) =>
    cells.reduce((widest, row) => Math.max(widest, lengthOf(row[index] ?? '')), title.length),
  );
  const line = (row: readonly string[]) =>
    columns
      .map(({ align = 'left' }, index) => pad(row[index] ?? '', widths[index]!, align))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...cells.map(line)];
}

/** Without control characters, which could move the cursor or change the terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}|\p{Cf}/gu, '?');
}

/** At most `width` characters, cut with an ellipsis. */
export function fit(text: string, width: number): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - lengthOf(text)));
  return align === 'left' ? text + space : space + text;
}

function lengthOf(text: string): number {
  return [...text].length;
}
