// One request as an access log tells it, reduced to what becomes a number. URLs are not even kept.

export interface AccessLogEntry {
  readonly status: number;
  /** As written; undefined when the request had none that could be read. */
  readonly method: string | undefined;
  readonly responseBytes: number | undefined;
  readonly seconds: number | undefined;
  /** Address or cookie: who asked. Never becomes a label. */
  readonly session: string | undefined;
}

/** Undefined for a line that is not of the format. */
export type ParseAccessLogLine = (line: string) => AccessLogEntry | undefined;

/** What one unit of the logged time is in seconds. */
export const TIME_UNITS = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9 } as const;
export type TimeUnit = keyof typeof TIME_UNITS;

const DECIMAL = /^\d{1,18}(\.\d{1,9})?$/;
const STATUS = /^\d{3}$/;
const METHOD = /^([A-Za-z]{1,20}) /;

/** Three digits; nginx also has 000 and 499. */
export function parseStatus(text: string | undefined): number | undefined {
  return text !== undefined && STATUS.test(text) ? Number(text) : undefined;
}

/** Not negative; undefined for `-`, empty and everything else that is no number. */
export function parseAmount(text: string | undefined): number | undefined {
  return text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;
}

/** The method of a request line such as `GET /path HTTP/1.1`. */
export function methodOf(request: string): string | undefined {
  return METHOD.exec(request)?.[1];
}

/** Undefined for what a server writes when there is nothing. */
export function presence(text: string | undefined): string | undefined {
  return text === '' || text === '-' ? undefined : text;
}

export function inSeconds(amount: number | undefined, unit: TimeUnit): number | undefined {
  return amount === undefined ? undefined : amount * TIME_UNITS[unit];
}
