// A small strict reader of the text format 0.0.4 for tests: it refuses what Prometheus refuses, and says why.
import type { Sample } from './family.ts';

export interface ParsedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly samples: readonly (Pick<Sample, 'labels' | 'value'> & { readonly name: string })[];
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) (.*)$/s;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(\{.*\})? (NaN|[+-]Inf|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/s;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n\0]|\\[\\n"])*)"(?:,|$)/y;

/** @throws {Error} at the first line that breaks the format, or at a repeated family or label set. */
export function parseText(text: string): ParsedFamily[] {
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line has no line feed');
  const families: (ParsedFamily & { samples: ParsedFamily['samples'][number][] })[] = [];
  const seen = new Set<string>();
  const once = (key: string): void => {
    if (seen.has(key)) throw new Error(`repeated: ${key}`);
    seen.add(key);
  };
  const lines = text.split('\n').slice(0, -1);
  for (let index = 0; index < lines.length; index += 1) {
    const line = lines[index]!;
    const help = HELP.exec(line);
    if (help !== null) {
      once(help[1]!);
      const type = TYPE.exec(lines[index + 1] ?? '');
      if (type?.[1] !== help[1]) throw new Error(`no TYPE after: ${line}`);
      families.push({ name: help[1]!, help: unescapeText(help[2]!), type: type![2]!, samples: [] });
      index += 1;
      continue;
    }
    const family = families.at(-1);
    const sample = SAMPLE.exec(line);
    if (sample === null || family === undefined) throw new Error(`not a sample: ${line}`);
    const suffix = family.type === 'histogram' ? '(_bucket|_sum|_count)' : '';
    if (!new RegExp(`^${family.name}${suffix}$`).test(sample[1]!)) {
      throw new Error(`not of family ${family.name}: ${line}`);
    }
    const labels = parseLabels(sample[2] ?? '');
    once(`${sample[1]}${JSON.stringify(Object.entries(labels).sort())}`);
    family.samples.push({ name: sample[1]!, labels, value: parseValue(sample[3]!) });
  }
  return families;
}

function parseLabels(text: string): Record<string, string> {
  const body = text.slice(1, -1);
  const labels: Record<string, string> = {};
  LABEL.lastIndex = 0;
  while (LABEL.lastIndex < body.length) {
    const at = LABEL.lastIndex;
    const match = LABEL.exec(body);
    if (match === null) throw new Error(`bad label at ${at}: ${body}`);
    if (match[1]! in labels) throw new Error(`label twice: ${match[1]}`);
    labels[match[1]!] = unescapeText(match[2]!);
  }
  return labels;
}

function unescapeText(text: string): string {
  return text.replace(/\\([\\n"])/g, (_all, char: string) => (char === 'n' ? '\n' : char));
}

function parseValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity'));
}
