// Numbers as an operator reads them: 3 significant digits, binary units, percent.

const BINARY_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 1536 → "1.5 KiB". */
export function formatBytes(bytes: number): string {
  const exponent = Math.min(
    BINARY_UNITS.length - 1,
    Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(bytes))) / 10)),
  );
  return `${digits(bytes / 1024 ** exponent)} ${BINARY_UNITS[exponent]}`;
}

/** 0.873 → "87 %". */
export function formatPercent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`;
}

/** 5400 → "1.5 h": the largest unit that leaves at least one whole, for sentences rather than for configuration. */
export function formatSpan(seconds: number): string {
  if (seconds >= 2 * 86_400) return `${digits(seconds / 86_400)} d`;
  if (seconds >= 5400) return `${digits(seconds / 3600)} h`;
  if (seconds >= 90) return `${digits(seconds / 60)} min`;
  if (seconds >= 1) return `${digits(seconds)} s`;
  return `${digits(seconds * 1000)} ms`;
}

/** A mean number of things: 1 → "1 thread", 2.5 → "2.5 threads". */
export function formatCount(count: number, thing: string): string {
  const shown = digits(count);
  return `${shown} ${thing}${shown === '1' ? '' : 's'}`;
}

/** At most three significant digits, without trailing zeros: 1.934 → "1.93", 2 → "2", 1234 → "1234". */
export function digits(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
