// `guard check`: one look for cron and monitoring; the exit code is the answer: 0 fine, 1 a threshold is exceeded, 2 could not tell.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { createAnalyzerClient, fetchText } from './analyzer-client.ts';
import { renderColumns } from './columns.ts';
import { NAMES, parseSamples, type Usage, usageOf } from './exporter-reading.ts';
import { print } from './findings.ts';
import { describeFinding, describeRunway } from './findings-table.ts';
import {
  analyzerOption,
  type Output,
  outputOption,
  parseRatio,
  parseSpan,
  parseUrl,
} from './options.ts';
import { formatValue } from './quantity.ts';
import { COULD_NOT_TELL, EXCEEDED, judging } from './terminal.ts';

const SEVERITIES = ['info', 'warning', 'critical'] as const;
const EXPORTER = { name: 'the exporter', flag: '--exporter.url' };
const DEFAULT_INTERVAL_SECONDS = 2;
/** From node-mixin (CPU, memory), process-exporter (files), and the rule for I/O (PSI). */
const DEFAULTS = { cpu: 0.9, memory: 0.9, filesystem: 0.9, openFiles: 0.9, ioWaiting: 0.2 };
/** Without these nothing can be said of a host; the others depend on kernel and rights. */
const NEEDED = ['cpu', 'memory'];

interface Flags {
  readonly 'analyzer.url': string;
  readonly 'exporter.url'?: string;
  readonly severity: (typeof SEVERITIES)[number];
  readonly within?: number;
  readonly interval: number;
  readonly cpu: number;
  readonly memory: number;
  readonly filesystem: number;
  readonly openFiles: number;
  readonly ioWaiting: number;
  readonly output: Output;
}

interface Verdict {
  readonly exitCode: number;
  readonly json: Record<string, unknown>;
  readonly lines: readonly string[];
}

export function checkCommand(): Command {
  const ratio = (flag: string, about: string, value: number) =>
    new Option(`${flag} <ratio>`, `with --exporter.url: ${about}`)
      .argParser(parseRatio)
      .default(value);
  const command = new Command('check')
    .description('One look: exit code 0 fine, 1 a threshold is exceeded, 2 could not tell')
    .addOption(analyzerOption())
    .option('--exporter.url <url>', 'ask an exporter instead; no Prometheus is needed', parseUrl)
    .addOption(
      new Option('--severity <severity>', 'findings below do not count')
        .choices(SEVERITIES)
        .default('warning'),
    )
    .option('--within <duration>', 'also when a limit is expected to be reached within', parseSpan)
    .option(
      '--interval <duration>',
      'between two looks at an exporter (default 2s)',
      parseSpan,
      DEFAULT_INTERVAL_SECONDS,
    )
    .addOption(ratio('--cpu', 'share of CPU time', DEFAULTS.cpu))
    .addOption(ratio('--memory', 'share of memory', DEFAULTS.memory))
    .addOption(ratio('--filesystem', 'share of each filesystem', DEFAULTS.filesystem))
    .addOption(ratio('--open-files', "share of a group's open files", DEFAULTS.openFiles))
    .addOption(
      ratio('--io-waiting', 'share of time in which tasks wait for I/O', DEFAULTS.ioWaiting),
    )
    .addOption(outputOption())
    .action(async (flags: Flags) => {
      const url = flags['exporter.url'];
      const { exitCode, json, lines } = await (url === undefined
        ? checkAnalyzer(flags)
        : checkExporter(url, flags));
      print(flags.output, { exitCode, ...json }, () => [...lines]);
      process.exitCode = exitCode;
    });
  return judging(command);
}

/** Exceeded: a firing finding that is severe enough, a limit that is reached now, or within the time asked for. */
async function checkAnalyzer(flags: Flags): Promise<Verdict> {
  const client = createAnalyzerClient(flags['analyzer.url']);
  const [status, findings, runway] = await Promise.all([
    client.status(),
    client.findings(),
    client.runway(),
  ]);
  const least = SEVERITIES.indexOf(flags.severity);
  const firing = findings.filter(
    ({ state, severity }) => state === 'firing' && SEVERITIES.indexOf(severity) >= least,
  );
  const reached = runway.filter(
    ({ secondsP50 }) => secondsP50 !== null && secondsP50 <= (flags.within ?? 0),
  );
  const exceeded = firing.length + reached.length > 0;
  const exitCode = exceeded ? EXCEEDED : status.state === 'ok' ? 0 : COULD_NOT_TELL;
  const trouble = `The analyzer is ${status.state.replaceAll('_', ' ')}: ${status.reason ?? ''}`;
  const fine = `Fine: no bottleneck, no limit reached (${status.groups} process groups, ${status.forecasts} forecasts)`;
  return {
    exitCode,
    json: { status, firing, reached },
    lines: [
      ...(status.state === 'ok' ? [] : [trouble.trim()]),
      ...firing.map((one) => `${describeFinding(one)}: ${one.evidence[0]?.text ?? one.severity}`),
      ...reached.map(describeRunway),
      ...(exitCode === 0 ? [fine] : []),
    ],
  };
}

async function checkExporter(url: string, flags: Flags): Promise<Verdict> {
  const base = url.replace(/\/metrics$/, '');
  const look = async () => {
    const text = await fetchText(base, '/metrics', EXPORTER);
    return { at: performance.now(), samples: parseSamples(text, (name) => NAMES.includes(name)) };
  };
  const before = await look();
  await sleep(flags.interval * 1000);
  const after = await look();
  const usage = usageOf(before.samples, after.samples, (after.at - before.at) / 1000);
  return judgeUsage(usage, {
    cpu: flags.cpu,
    memory: flags.memory,
    filesystem: flags.filesystem,
    'open-files': flags.openFiles,
    io: flags.ioWaiting,
  });
}

/** What is not told counts as "could not tell" only where every exporter tells it. */
export function judgeUsage(
  usage: readonly Usage[],
  thresholds: Readonly<Record<string, number>>,
): Verdict {
  const checks = usage.map(({ resource, subject, ratio }) => {
    const threshold = thresholds[resource] ?? 1;
    const state = ratio === undefined ? 'unknown' : ratio >= threshold ? 'exceeded' : 'fine';
    return { resource, subject, ratio: ratio ?? null, threshold, state };
  });
  const exceeded = checks.some(({ state }) => state === 'exceeded');
  const unknown = checks.some(
    ({ state, resource }) => state === 'unknown' && NEEDED.includes(resource),
  );
  const right = (title: string) => ({ title, align: 'right' as const });
  return {
    exitCode: exceeded ? EXCEEDED : unknown ? COULD_NOT_TELL : 0,
    json: { checks },
    lines: renderColumns(
      [{ title: 'resource' }, { title: 'of' }, right('used'), right('limit'), { title: 'state' }],
      checks.map(({ resource, subject, ratio, threshold, state }) => [
        ...[resource, subject, ratio === null ? '–' : formatValue(ratio, 'ratio')],
        ...[formatValue(threshold, 'ratio'), state],
      ]),
    ),
  };
}
