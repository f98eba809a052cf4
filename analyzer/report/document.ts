// A report as blocks to be laid out: what the renderers of HTML, PDF, Markdown and text share. They decide nothing any more.
import type { TimePoint } from './report-data.ts';

export type Tone = 'good' | 'warn' | 'bad' | 'dim';

export interface Cell {
  readonly text: string;
  readonly tone?: Tone | undefined;
}

export type TextBlock = { readonly kind: 'text' } & Cell;

export interface ListBlock {
  readonly kind: 'list';
  readonly items: readonly Cell[];
}

export interface TableBlock {
  readonly kind: 'table';
  readonly title: string;
  /** Figures stand at the right. */
  readonly columns: readonly { readonly title: string; readonly isFigure?: true }[];
  readonly rows: readonly (readonly Cell[])[];
  /** What the table leaves out. */
  readonly note?: string | undefined;
}

export interface ChartLine {
  readonly name: string;
  /** Gaps are between the points whose distance is larger than the step. */
  readonly points: readonly TimePoint[];
  readonly isForecast?: true;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

export interface ChartBlock {
  readonly kind: 'chart';
  readonly title: string;
  readonly lines: readonly ChartLine[];
  readonly band?: { readonly lower: readonly TimePoint[]; readonly upper: readonly TimePoint[] };
  readonly across: { readonly low: number; readonly high: number; readonly ticks: readonly Tick[] };
  readonly up: { readonly low: number; readonly high: number; readonly ticks: readonly Tick[] };
  readonly step: number;
}

export interface HeatBlock {
  readonly kind: 'heat';
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  /** 0–1 of the highest; undefined = not seen. */
  readonly shares: readonly (readonly (number | undefined)[])[];
  /** What each cell says to who points at it. */
  readonly words: readonly (readonly string[])[];
}

export interface CardsBlock {
  readonly kind: 'cards';
  readonly title: string;
  readonly cards: readonly {
    readonly title: string;
    readonly state: string;
    readonly tone: Tone;
    readonly text: string;
  }[];
  readonly note?: string | undefined;
}

export type Block = TextBlock | ListBlock | TableBlock | ChartBlock | HeatBlock | CardsBlock;

export interface Chapter {
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface ReportDocument {
  readonly title: string;
  readonly subtitle: string;
  /** One sentence that says it all: for the subject of a mail, a message of a chat. */
  readonly headline: string;
  readonly chapters: readonly Chapter[];
  readonly footer: readonly string[];
}
