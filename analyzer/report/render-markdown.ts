// The report as Markdown (GitHub's tables), for a wiki, an issue or a repository.
import type { Block, Cell, ReportDocument, TableBlock } from './document.ts';

export function renderMarkdown({
  title,
  subtitle,
  headline,
  chapters,
  footer,
}: ReportDocument): string {
  const parts = [
    `# ${escapeMarkdown(title)}`,
    escapeMarkdown(subtitle),
    `**${escapeMarkdown(headline)}**`,
  ];
  for (const chapter of chapters) {
    parts.push(`## ${escapeMarkdown(chapter.title)}`);
    parts.push(...chapter.blocks.map(partOf).filter((part) => part !== ''));
  }
  return `${[...parts, '---', ...footer.map(escapeMarkdown)].join('\n\n')}\n`;
}

/** Charts are for the formats that have them; their figures stand in the tables. */
function partOf(block: Block): string {
  switch (block.kind) {
    case 'text':
      return block.tone === 'dim' ? `*${escapeMarkdown(block.text)}*` : escapeMarkdown(block.text);
    case 'list':
      return block.items.map(({ text }) => `- ${escapeMarkdown(text)}`).join('\n');
    case 'cards':
      return [
        ...block.cards.map(
          ({ title, state, text }) =>
            `- **${escapeMarkdown(title)}: ${escapeMarkdown(state)}** – ${escapeMarkdown(text)}`,
        ),
        ...(block.note === undefined ? [] : [`- ${escapeMarkdown(block.note)}`]),
      ].join('\n');
    case 'table':
      return table(block);
    case 'chart':
    case 'heat':
      return '';
  }
}

function table({ title, columns, rows, note }: TableBlock): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    `**${escapeMarkdown(title)}**`,
    '',
    line(columns.map((column) => escapeMarkdown(column.title))),
    line(columns.map(({ isFigure }) => (isFigure === true ? '---:' : '---'))),
    ...rows.map((row) => line(row.map(({ text }: Cell) => escapeMarkdown(text)))),
    ...(note === undefined ? [] : ['', escapeMarkdown(note)]),
  ].join('\n');
}

/** What Markdown or the HTML in it would take for more than text. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>#|~&]/g, (character) =>
    character === '<' ? '&lt;' : character === '&' ? '&amp;' : `\\${character}`,
  );
}
