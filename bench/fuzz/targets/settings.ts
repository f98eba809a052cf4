// What people write: configurations, rules, expressions, playbooks, flags. Every mistake is refused with a sentence, none crashes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import {
  parseCount,
  parseLevels,
  parseRatio,
  parseSpan,
  parseTime,
  parseUrl,
} from '../../../analyzer/cli/options.ts';
import { configSchema as analyzerSchema } from '../../../analyzer/config.ts';
import { parsePartition } from '../../../analyzer/inventory/partitions.ts';
import { parseShard } from '../../../analyzer/pipeline/shard.ts';
import { matchesGlob } from '../../../analyzer/remediation/glob.ts';
import { playbookSchema } from '../../../analyzer/remediation/playbook.ts';
import { compileGoRegExp } from '../../../exporter/collectors/process/grouping-go-regexp.ts';
import { processNamesFileSchema } from '../../../exporter/collectors/process/grouping-import.ts';
import {
  checkTemplate,
  fillTemplate,
} from '../../../exporter/collectors/process/grouping-template.ts';
import { configSchema as exporterSchema } from '../../../exporter/config.ts';
import { ConfigError, parseConfig } from '../../../service/config.ts';
import { formatDuration, parseDuration } from '../../../service/duration.ts';
import { parseListenAddress } from '../../../service/flags.ts';
import { webConfigSchema } from '../../../service/web-config-schema.ts';
import { FIXTURES } from '../fixtures.ts';
import type { FuzzTarget } from '../target.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAX_YAML_CHARS = 2_000;
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const configs = readdirSync(join(FIXTURES, 'config')).map((name) =>
  readFileSync(join(FIXTURES, 'config', name), 'utf8'),
);
/** Pieces of a long file, each a configuration of its own. */
const sections = (text: string) =>
  text
    .split(/^(?=[a-z_]+:)/m)
    .filter((part) => /^[a-z_]+:/.test(part))
    .map((part) => part.slice(0, MAX_YAML_CHARS));

const yaml = (name: string, schema: z.ZodType, seeds: readonly string[]): FuzzTarget => ({
  name,
  seeds,
  run: (text) => parseConfig(schema, text, `${name}.yml`),
  refusals: [ConfigError.name],
  maxChars: MAX_YAML_CHARS,
});

export const settingTargets: readonly FuzzTarget[] = [
  yaml('config-exporter', exporterSchema, [...configs, ...sections(read('exporter/exporter.yml'))]),
  yaml('config-analyzer', analyzerSchema, sections(read('analyzer/analyzer.yml'))),
  yaml('config-web', webConfigSchema, [
    'tls_server_config:\n  cert_file: a.pem\n  key_file: a.key\n  client_auth_type: NoClientCert\n',
    `basic_auth_users:\n  prometheus: $2y$10$${'a'.repeat(53)}\nrate_limit: {interval: 1s, burst: 2}\n`,
  ]),
  yaml('config-playbook', playbookSchema, [
    read('analyzer/remediation/playbooks/memory_leak.yml').slice(0, MAX_YAML_CHARS),
    'name: a\ntitle: b\nmatch: {kinds: [c], labels: {d: e*}}\nsteps: [f]\nmode: approve\naction: {executor: command, parameters: {argv: [/bin/true, "{{group}}"]}}\n',
  ]),
  yaml('config-process-exporter', processNamesFileSchema, [
    'process_names:\n  - name: "{{.Matches.Cfgfile}}"\n    cmdline: ["nginx -c (?P<Cfgfile>\\\\S+)"]\n  - comm: [bash]\n',
  ]),
  {
    name: 'go-regexp',
    seeds: ['^(?P<unit>[[:alnum:]_-]+)\\.(?i:service|scope)$', '\\Qa.b\\E(?s)x{2,3}\\pL[^\\d\\]-]'],
    run: (text) => compileGoRegExp(text).names,
    refusals: [SyntaxError.name],
    maxChars: 300,
  },
  {
    name: 'group-template',
    seeds: ['{{.Comm}}:{{ .Matches.port }}-{{index .Matches "x"}}'],
    run: (template) => {
      const problems = checkTemplate({ template, captures: new Set(['port', 'x']) });
      const identity = { comm: 'a', exe: undefined, argv: [], kernel: false, username: 'b' };
      const values = { identity, exeFull: '/a', captures: new Map([['port', '80']]) };
      return problems.length > 0 ? problems : fillTemplate(template, values);
    },
  },
  {
    name: 'glob',
    seeds: ['web-*', '*a*a*a*a*b'],
    run: (pattern) => matchesGlob(pattern, 'a'.repeat(1_000)),
  },
  {
    name: 'duration',
    seeds: ['1h30m', '15s', '500ms', '1y2w3d'],
    run: (text) => {
      const seconds = parseDuration(text);
      return seconds === undefined || seconds > 1e9
        ? undefined
        : [seconds, formatDuration(seconds)];
    },
    judge: (answer) =>
      Array.isArray(answer) && parseDuration(answer[1]) !== answer[0]
        ? `${answer[0]} s is written ${answer[1]}`
        : undefined,
  },
  {
    name: 'flags',
    seeds: ['http://user:p%25@127.0.0.1:9090/', '[::1]:9090', '0/4', '1h', '2026-11-20T10:00:00Z'],
    run: (text) =>
      [
        ...[parseUrl, parseSpan, parseTime, parseRatio, parseLevels, parseCount(1, 9)],
        ...[parseListenAddress, parsePartition, (value: string) => parseShard(value, 'guard-3')],
      ].map((parse) => refused(() => parse(text))),
    maxChars: 300,
  },
];

/** Each parser gets the text, whatever the one before it said. */
function refused(parse: () => unknown): unknown {
  try {
    return parse();
  } catch (error) {
    const kind = (error as Error).constructor.name;
    if (['InvalidArgumentError', 'RangeError'].includes(kind)) return null;
    throw error;
  }
}
