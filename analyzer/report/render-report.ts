// A report in the formats that are asked for, as files with names.
import type { ReportDocument } from './document.ts';
import { layOut } from './lay-out.ts';
import { renderHtml } from './render-html.ts';
import { renderMarkdown } from './render-markdown.ts';
import { renderPdf } from './render-pdf.ts';
import { renderText } from './render-text.ts';
import type { Report } from './report-data.ts';

export const FORMATS = ['html', 'pdf', 'md', 'text'] as const;
export type Format = (typeof FORMATS)[number];

export interface ReportFile {
  /** Such as `latency-guard-2026-11-16.html`: the last day that it is about. */
  readonly name: string;
  readonly contentType: string;
  readonly content: Buffer;
}

const TYPES: Readonly<Record<Format, readonly [extension: string, contentType: string]>> = {
  html: ['html', 'text/html; charset=utf-8'],
  pdf: ['pdf', 'application/pdf'],
  md: ['md', 'text/markdown; charset=utf-8'],
  text: ['txt', 'text/plain; charset=utf-8'],
};

export interface RenderedReport {
  readonly document: ReportDocument;
  readonly text: string;
  readonly files: readonly ReportFile[];
}

export async function renderReport(
  report: Report,
  formats: readonly Format[],
): Promise<RenderedReport> {
  const document = layOut(report);
  const day = new Intl.DateTimeFormat('en-CA', { timeZone: report.timeZone, dateStyle: 'short' });
  const name = `latency-guard-${day.format((report.to - 1) * 1000)}`;
  const files = formats.map(async (format): Promise<ReportFile> => {
    const [extension, contentType] = TYPES[format];
    const content = await contentOf(format, document, report);
    return { name: `${name}.${extension}`, contentType, content };
  });
  return { document, text: renderText(document), files: await Promise.all(files) };
}

async function contentOf(
  format: Format,
  document: ReportDocument,
  { made }: Report,
): Promise<Buffer> {
  switch (format) {
    case 'html':
      return Buffer.from(renderHtml(document));
    case 'pdf':
      return renderPdf(document, new Date(made * 1000));
    case 'md':
      return Buffer.from(renderMarkdown(document));
    case 'text':
      return Buffer.from(renderText(document));
  }
}
