// Log lines around the onset of a finding, from systemd's journal: journalctl with an argument list, bounded in lines, bytes and time.
import { execFile } from 'node:child_process';
import type { Hint } from '../series/finding.ts';
import type { ElsewhereQuestion, ElsewhereSource } from './investigate.ts';

/** What led to it, and what came of it. */
const BEFORE_SECONDS = 120;
const AFTER_SECONDS = 60;
const MAX_BYTES = 256 * 1024;
const MAX_LINE_CHARS = 300;
/** journalctl looks at more lines than are shown: those of the same text count once. */
const LINES_READ = 200;

export interface JournalOptions {
  /** The program, found by PATH. */
  readonly command: string;
  /** Come first, such as `--directory=/var/log/journal/remote`. */
  readonly arguments: readonly string[];
  readonly lines: number;
  readonly timeoutMs: number;
}

export function createJournal(options: JournalOptions): ElsewhereSource {
  return {
    name: 'journal',
    async ask(question) {
      const filter = filterOf(question);
      if (typeof filter === 'string') throw new Error(filter);
      const from = Math.floor(question.finding.since - BEFORE_SECONDS);
      const args = [
        ...options.arguments,
        '--no-pager',
        '--quiet',
        '--output=json',
        '--output-fields=MESSAGE,PRIORITY,SYSLOG_IDENTIFIER',
        '--priority=warning',
        `--lines=${LINES_READ}`,
        `--since=@${from}`,
        `--until=@${from + BEFORE_SECONDS + AFTER_SECONDS}`,
        ...filter,
      ];
      const output = await run(options, args);
      return toHints(output, { ...options, shownBy: [options.command, ...args].join(' ') });
    },
  };
}

/** Only lines of the finding's own host and unit: those of another would mislead. A sentence when they are not known. */
function filterOf({ finding, identity }: ElsewhereQuestion): string[] | string {
  const { hostname, unit } = identity;
  if (!hostname) {
    return `journal: the host name of ${finding.subject.instance ?? 'the host'} is not known (guard_host_info), so its lines cannot be told apart`;
  }
  const host = `_HOSTNAME=${hostname}`;
  if (unit) return [host, `_SYSTEMD_UNIT=${unit}`];
  const { group } = finding.subject;
  return group === undefined || /[^\w.-]/.test(group) ? [host] : [host, `_COMM=${group}`];
}

function run({ command, timeoutMs }: JournalOptions, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES } as const;
    execFile(command, args, limits, (error, stdout, stderr) => {
      const tooMuch = error?.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER';
      if (error === null || tooMuch) return resolve(stdout);
      const reason = error.killed
        ? `no answer within ${timeoutMs} ms`
        : stderr.trim().split('\n', 1)[0] || error.message;
      reject(new Error(`journal: ${command} failed: ${reason.slice(0, MAX_LINE_CHARS)}`));
    });
  });
}

function toHints(output: string, { lines, shownBy }: JournalOptions & { shownBy: string }): Hint[] {
  const counts = new Map<string, number>();
  for (const line of output.split('\n')) {
    const message = messageOf(line);
    if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .slice(0, lines)
    .map(([message, count]) => ({
      about: 'log_lines',
      source: 'journal' as const,
      text: `logged around the onset${count > 1 ? `, ${count} times` : ''}: ${message}`,
      promql: '',
      shownBy,
    }));
}

/** The last line may be cut; what is not text (an array of bytes) is left out. */
function messageOf(line: string): string | undefined {
  try {
    const { MESSAGE, SYSLOG_IDENTIFIER } = JSON.parse(line) as Record<string, unknown>;
    if (typeof MESSAGE !== 'string' || MESSAGE.trim() === '') return undefined;
    const from = typeof SYSLOG_IDENTIFIER === 'string' ? `${SYSLOG_IDENTIFIER}: ` : '';
    return `${from}${MESSAGE.trim()}`.replaceAll(/\s+/g, ' ').slice(0, MAX_LINE_CHARS);
  } catch {
    return undefined;
  }
}
