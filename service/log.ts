// One log line per event: JSON, logfmt as Prometheus writes it, or Elastic's common schema, to standard error or into a file.
// Secrets never enter a field: URLs pass redactUrl first.
import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import type { LogFileOptions } from './log-file.ts';

export type { Logger };
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json', 'ecs'] as const;

export interface LogOptions {
  readonly name: string;
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

type Write = (line: string) => void;

const toStderr: Write = (line) => void process.stderr.write(line);

/** A logger that writes to standard error, as Prometheus' own servers do. For `ecs` and files there is openLogger. */
export function createLogger({ name, level, format }: LogOptions, write = toStderr): Logger {
  const options: LoggerOptions = {
    name,
    level,
    base: { name },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label) => ({ level: label }) },
  };
  const destination: DestinationStream =
    format === 'logfmt' ? { write: (line) => write(toLogfmt(line)) } : { write };
  return pino(options, destination);
}

/**
 * A logger as the flags want it; what it does not need is not loaded. SIGUSR2 opens the file anew, for those who rotate it
 * themselves (SIGUSR1 belongs to the debugger of Node.js). Without a file the signal does nothing; it would end the process.
 * @throws {Error} when the file cannot be opened.
 */
export async function openLogger(options: LogOptions, file?: LogFileOptions): Promise<Logger> {
  let reopen = (): void => {};
  process.on('SIGUSR2', () => reopen());
  const opened = file && (await import('./log-file.ts')).openLogFile(file);
  if (opened !== undefined) reopen = opened.reopen;
  const write: Write = opened?.write ?? toStderr;
  if (options.format !== 'ecs') return createLogger(options, write);
  const { ecsOptions } = await import('./log-ecs.ts');
  return pino(ecsOptions(options), { write });
}

/** A URL without user, password and query, safe to print. */
export function redactUrl(url: string): string {
  const parsed = URL.parse(url);
  return parsed === null ? '(not a URL)' : `${parsed.origin}${parsed.pathname}`;
}

/** One JSON log line as logfmt (https://brandur.org/logfmt): key=value, values quoted when they need it. */
export function toLogfmt(jsonLine: string): string {
  const { time, level, name, msg, ...fields } = JSON.parse(jsonLine) as Record<string, unknown>;
  const pairs = Object.entries({ ts: time, level, component: name, msg, ...fields });
  return `${pairs.map(([key, value]) => `${key}=${quote(value)}`).join(' ')}\n`;
}

function quote(value: unknown): string {
  const text =
    typeof value === 'object' && value !== null ? messageOrJson(value) : String(value ?? '');
  return /^[\w./:@+-]+$/.test(text) ? text : JSON.stringify(text);
}

function messageOrJson(value: object): string {
  return 'message' in value ? String(value.message) : JSON.stringify(value);
}
