// What we write ourselves from text that comes from anywhere: it has to mean to its reader what it meant to us, and nothing else.

import { renderColumns } from '../../../analyzer/cli/columns.ts';
import { matchers, promqlOf } from '../../../analyzer/features/feature.ts';
import { slackBody } from '../../../analyzer/notify/slack.ts';
import { ExecutorError } from '../../../analyzer/remediation/executor.ts';
import { safe } from '../../../analyzer/remediation/executors/ssh.ts';
import { fillText, TemplateError } from '../../../analyzer/remediation/template.ts';
import type { ReportDocument } from '../../../analyzer/report/document.ts';
import { renderHtml } from '../../../analyzer/report/render-html.ts';
import { renderMarkdown } from '../../../analyzer/report/render-markdown.ts';
import { renderText } from '../../../analyzer/report/render-text.ts';
import { renderFlamePage } from '../../../exporter/flamegraph-page.ts';
import { gauge } from '../../../exporter/promformat/family.ts';
import { render } from '../../../exporter/promformat/render.ts';
import { parseText } from '../../../exporter/promformat/text-parser.contract.ts';
import { redactUrl } from '../../../service/log.ts';
import type { FuzzTarget } from '../target.ts';

const seeds = ['shop', 'web-1:10910', 'node:/srv/shop/server.js', '<b onclick="x">&amp;', 'ä"\\\n'];
const SECRET = 'hunter2';
const MAX_CHARS = 500;

export const outputTargets: readonly FuzzTarget[] = [
  {
    name: 'label-in-metrics',
    seeds,
    run: (value) =>
      parseText(render([gauge('guard_a', 'Help.', [{ labels: { value }, value: 1 }])])),
    judge: (answer, input) => {
      const told = (answer as ReturnType<typeof parseText>)[0]?.samples[0]?.labels.value;
      return told === input.toWellFormed().replaceAll('\0', '\ufffd')
        ? undefined
        : `the label became ${JSON.stringify(told)}`;
    },
  },
  {
    name: 'label-in-html',
    seeds,
    run: (text) => [renderHtml(reportOf(text)), pageOf(text)],
    judge: (answer) => {
      const [first, second] = (answer as string[]).map((page) => tagsOf(page).join());
      return first === PLAIN_TAGS[0] && second === PLAIN_TAGS[1]
        ? undefined
        : 'the text became markup';
    },
    maxChars: MAX_CHARS,
  },
  {
    name: 'label-in-report',
    seeds,
    run: (text) => [renderMarkdown(reportOf(text)), renderText(reportOf(text))],
    maxChars: MAX_CHARS,
  },
  {
    name: 'label-in-terminal',
    seeds,
    run: (text) => renderColumns([{ title: 'a' }, { title: 'b' }], [[text, 'c']]),
    judge: (answer) =>
      (answer as string[]).some((line) => /[\p{Cc}\p{Cf}]/u.test(line))
        ? 'a control character reaches the terminal'
        : undefined,
  },
  {
    name: 'label-in-slack',
    seeds,
    run: (text) =>
      slackBody({ key: 'a', severity: 'info', title: text, text, files: [] }).blocks[1],
    judge: (answer) =>
      /[<>]/.test(JSON.stringify(answer)) ? 'Slack would read it as a link or mention' : undefined,
  },
  {
    name: 'label-in-promql',
    seeds: [...seeds, '$host', '{$selector}', '$&'],
    run: (value) => [
      promqlOf({ expr: 'up{$selector}' }, 'expr', { group: value }),
      matchers({ group: value }),
    ],
    judge: (answer, input) => {
      const [query = '', own = ''] = answer as string[];
      // One string in double quotes: nothing of the value ends it.
      const isOneString = /^group="(?:[^"\\\n]|\\.)*"$/s.test(own);
      const isWhole = query === `up{${own}}`;
      const means = isOneString && JSON.parse(own.slice('group='.length)) === input;
      return isWhole && means ? undefined : `the query became ${query}`;
    },
  },
  {
    name: 'label-in-action',
    seeds,
    run: (group) => fillText('--unit={{group}}', { group }),
    refusals: [TemplateError.name],
    judge: (answer) =>
      /^--unit=[A-Za-z0-9_][A-Za-z0-9_.:@-]*$/.test(String(answer))
        ? undefined
        : `not a plain word: ${answer}`,
  },
  {
    name: 'word-through-ssh',
    seeds: [...seeds, '/usr/bin/systemctl', '--no-color'],
    run: (word) => safe(['true', word]),
    refusals: [ExecutorError.name],
    judge: (answer) =>
      /[\s"'`$&|;<>(){}[\]*?!#~\\^\0]/.test((answer as string[])[1] ?? '')
        ? 'a character with a meaning to a shell went through'
        : undefined,
  },
  {
    name: 'url-in-log',
    seeds: ['a.example/b?c=d', '[::1]:9090', 'h:1/@x#y'],
    run: (rest) => redactUrl(`https://user:${SECRET}@${rest}`),
    judge: (answer, input) =>
      String(answer).includes(SECRET) && !input.includes('@')
        ? `the password is in ${JSON.stringify(answer)}`
        : undefined,
  },
];

function reportOf(text: string): ReportDocument {
  const cell = { text };
  return {
    ...{ title: text, subtitle: text, headline: text, footer: [text] },
    chapters: [
      {
        title: text,
        blocks: [
          { kind: 'text', ...cell },
          { kind: 'list', items: [cell] },
          { kind: 'table', title: text, columns: [{ title: text }], rows: [[cell]], note: text },
          {
            ...{ kind: 'cards', title: text, note: text },
            cards: [{ title: text, state: text, tone: 'bad', text }],
          },
          {
            ...{ kind: 'heat', title: text, rows: [text], columns: [text] },
            ...{ shares: [[0.5]], words: [[text]] },
          },
        ],
      },
    ],
  };
}

function pageOf(text: string): string {
  const stacks = new Map([[`shop;${text.replaceAll(';', ':')}`, 3]]);
  const hotspots = [{ symbol: text, object: text, ratio: 1 }];
  const page = { group: text, seconds: 5, stacks, hotspots, nonce: 'n' };
  return renderFlamePage(page, { style: 'a{}', script: 'b()' });
}

/** Every tag with its attributes' names; values are between quotes, which a value of ours may not end. */
function tagsOf(page: string): string[] {
  return [
    ...page.matchAll(
      /<[/!]?[a-zA-Z][^\s>]*((?:\s+[^\s"'>=]+(?:="[^"]*"|='[^']*'|=[^\s"'>]*)?)*)\s*\/?>|</g,
    ),
  ].map(([tag]) => tag.replaceAll(/="[^"]*"|='[^']*'/g, ''));
}

const PLAIN_TAGS = [renderHtml(reportOf('a')), pageOf('a')].map((page) => tagsOf(page).join());
