// The reference pages: which schema makes which page, and how a page looks.
import { z } from 'zod';
import { configSchema as analyzerSchema } from '../../analyzer/config.ts';
import { playbookSchema } from '../../analyzer/remediation/playbook.ts';
import { configSchema as exporterSchema } from '../../exporter/config.ts';
import { webConfigSchema } from '../../service/web-config-schema.ts';
import { type Row, schemaRows } from './schema-rows.ts';

export interface Page {
  readonly file: string;
  readonly title: string;
  readonly about: string;
  readonly schema: z.ZodType;
}

export const PAGES: readonly Page[] = [
  {
    file: 'exporter.md',
    title: 'exporter.yml',
    about:
      'Configuration of the exporter, `--config.file`. [exporter.yml](../../exporter/exporter.yml) is the same with its defaults, to copy from.',
    schema: exporterSchema,
  },
  {
    file: 'analyzer.md',
    title: 'analyzer.yml',
    about:
      'Configuration of the analyzer, `--config.file`. [analyzer.yml](../../analyzer/analyzer.yml) is the same with its defaults, to copy from.',
    schema: analyzerSchema,
  },
  {
    file: 'playbook.md',
    title: 'Playbooks',
    about:
      'One file of `remediation.playbooks` each: what may be done about an alert, and how it is proved ([remediation.md](../remediation.md)).',
    schema: z.object(playbookSchema.shape),
  },
  {
    file: 'web.md',
    title: 'web.yml',
    about:
      'TLS, users and limits of both programs, `--web.config.file`, in the format of exporter-toolkit ([security.md](../security.md)).',
    schema: webConfigSchema,
  },
];

const COMMON = `Every key that is not marked **needed** may be left out. Unknown keys are refused with their line; \`--config.check\` checks a file.
Durations are written as in Prometheus: \`5s\`, \`1h30m\`, \`7d\`. \`[]\` is each entry of a list, \`<name>\` a key of your choice.`;

/** The page as Markdown. */
export function renderPage({ title, about, schema }: Page): string {
  const sections = groupRows(schemaRows(schema)).map(renderSection);
  const notice =
    '<!-- Written by `npm run docs:build` from the schemas; change their descriptions instead. -->';
  return `${[notice, `# ${title}`, about, COMMON, ...sections].join('\n\n')}\n`;
}

/** By their first key; neighbours that are a single key each share one table. */
function groupRows(rows: readonly Row[]): (readonly Row[])[] {
  const groups: Row[][] = [];
  for (const [, group] of Map.groupBy(rows, topOf)) {
    const last = groups.at(-1);
    const isSingle = group.length === 1 && last?.every((row) => topOf(row) === row.path);
    if (isSingle && last !== undefined) last.push(...group);
    else groups.push(group);
  }
  return groups;
}

const topOf = ({ path }: Row): string => path.split(/[.[]/, 1)[0]!;

function renderSection(rows: readonly Row[]): string {
  const title = [...new Set(rows.map(topOf))].join(', ');
  const [head, ...below] = rows;
  const isSection = head?.form === 'section' && below.length > 0;
  const table = [
    '| key | what may be written | default | |',
    '|---|---|---|---|',
    ...(isSection ? below : rows).map(renderRow),
  ];
  const about = isSection && head.description !== undefined ? [head.description] : [];
  return [`## ${title}`, ...about, table.join('\n')].join('\n\n');
}

function renderRow({ path, form, fallback, isRequired, description = '' }: Row): string {
  const standing = isRequired ? '**needed**' : (fallback ?? '');
  return `| ${[`\`${path}\``, form, standing, description].map(cell).join(' | ')} |`;
}

/** A bar would end the cell, and a tag would be one. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
