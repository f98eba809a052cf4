// Text for a terminal: foreign names made harmless, cut to columns, numbers and spans as people read them. Pure.

/** Controls, and the invisible characters that turn the direction of text or take no room. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
/** East Asian wide and full-width blocks and pictures take two columns (Unicode Standard Annex 11, abridged). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{M}/u;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
const SPANS = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
] as const;

/** A process can be named anything: what would move the cursor or hide text becomes a visible dot. */
export function printable(text: string): string {
  return text.replace(HARMFUL, '·');
}

/** Cuts to `width` columns, the last one then an ellipsis; with `fill` also fills up with blanks. */
export function fit(text: string, width: number, { fill = false } = {}): string {
  const columns = columnsOf(text);
  if (columns <= width) return fill ? text + ' '.repeat(width - columns) : text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const next = columnsOfCharacter(character);
    if (used + next > width - 1) break;
    kept += character;
    used += next;
  }
  return `${kept}…${fill ? ' '.repeat(width - 1 - used) : ''}`;
}

export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += columnsOfCharacter(character);
  return columns;
}

function columnsOfCharacter(character: string): number {
  if (COMBINING.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** The two largest units of a number of seconds: 90 → "1m30s", 7260 → "2h1m", 200000 → "2d7h". */
export function formatSpan(seconds: number): string {
  if (!Number.isFinite(seconds)) return 'never';
  let rest = Math.round(Math.max(0, seconds));
  const parts: string[] = [];
  for (const [unit, size] of SPANS) {
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) parts.push(`${amount}${unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join('') || '0s';
}

/** A value in the unit that the analyzer names: ratio as percent, bytes in binary units, others as they are. */
export function formatValue(value: number, unit: string | undefined): string {
  if (unit === 'ratio') return `${(value * 100).toFixed(0)} %`;
  if (unit !== 'bytes') return `${Number(value.toPrecision(3))}${unit ? ` ${unit}` : ''}`;
  const power = Math.min(
    Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)),
    BYTE_UNITS.length - 1,
  );
  return `${Number((value / 1024 ** power).toPrecision(3))} ${BYTE_UNITS[power]}`;
}
