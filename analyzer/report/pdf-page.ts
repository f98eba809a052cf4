// What all parts of the PDF share: margins, colours, room on the page, and the letters that its fonts have.
import type { Tone } from './document.ts';

export type Page = PDFKit.PDFDocument;

export const MARGIN = 40;
export const BOLD = 'Helvetica-Bold';
export const LINE_COLOUR = '#d9dfe7';
export const COLOURS: Readonly<Record<Tone | 'ink', string>> = {
  ink: '#1b2430',
  dim: '#5d6b7c',
  good: '#1a7f4b',
  warn: '#a15c00',
  bad: '#c02626',
};

export function widthOf({ page }: Page): number {
  return page.width - 2 * MARGIN;
}

/** Begins a page where less than this is left. */
export function needRoom(page: Page, height: number): void {
  if (page.y + height > page.page.height - MARGIN) page.addPage();
}

const LIKE: Readonly<Record<string, string>> = { '−': '-', μ: 'µ', '\u202f': ' ', '\u2009': ' ' };
const HAS = /[\u0020-\u007e\u00a0-\u00ff€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]/u;

/** The standard fonts have the letters of Windows-1252; of others a question mark shows that something stood there. */
export function plain(text: string): string {
  return Array.from(text.normalize('NFC'), (letter) => {
    const like = LIKE[letter] ?? letter;
    return HAS.test(like) ? like : '?';
  }).join('');
}
