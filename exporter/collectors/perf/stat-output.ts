// One line of `perf stat -I … -x ,` → a count. Fields: time, value, unit, event, time counted, share of time counted, …
// Source: man perf-stat, section "CSV FORMAT".

/** Numbers of fields that every complete line has; a line that ends earlier was cut. */
const MIN_FIELDS = 6;
const NUMBER = /^\d+(\.\d+)?$/;

export type PerfStatLine =
  | {
      readonly kind: 'count';
      readonly event: string;
      /** In `unit`; since the report before. */
      readonly value: number;
      /** Empty for a plain count, `msec` for the clocks. */
      readonly unit: string;
    }
  /** This kernel or this machine has no such event. */
  | { readonly kind: 'not_supported'; readonly event: string };

/** Undefined for comments, cut lines and `<not counted>`, which is no count of 0 but no counting at all. */
export function parsePerfStatLine(line: string): PerfStatLine | undefined {
  const fields = line.trim().split(',');
  const [time = '', value = '', unit = '', event = ''] = fields;
  if (fields.length < MIN_FIELDS || !NUMBER.test(time) || event === '') return undefined;
  if (value === '<not supported>') return { kind: 'not_supported', event };
  return NUMBER.test(value) ? { kind: 'count', event, value: Number(value), unit } : undefined;
}
