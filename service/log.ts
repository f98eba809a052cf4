// One log line per event: JSON, or logfmt as Prometheus writes it. Secrets never enter a field: URLs pass redactUrl first.
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger };
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export const LOG_FORMATS = ['logfmt', 'json'] as const;

export interface LogOptions {
  readonly name: string;
  readonly level: (typeof LOG_LEVELS)[number];
  readonly format: (typeof LOG_FORMATS)[number];
}

/** A logger that writes to standard error, as Prometheus' own servers do. */
export function createLogger({ name, level, format }: LogOptions): Logger {
  const stderr: DestinationStream = { write: (line) => void process.stderr.write(line) };
  const logfmt: DestinationStream = { write: (line) => void process.stderr.write(toLogfmt(line)) };
  return pino(
    {
      name,
      level,
      base: { name },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? stderr : logfmt,
  );
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
