// Sizes as flags and configuration write them: 512, 64KiB, 100MB.

const UNITS = { '': 1, B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
const BINARY = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };
const FORM = /^(\d+(?:\.\d+)?) ?([KMGT]?B|[KMGT]iB|)$/;

/** Bytes; undefined when the text is no such size. KB is 1000, KiB 1024. */
export function parseSize(text: string): number | undefined {
  const [, number, unit] = FORM.exec(text) ?? [];
  if (number === undefined || unit === undefined) return undefined;
  const factor = { ...UNITS, ...BINARY }[unit as keyof typeof UNITS | keyof typeof BINARY];
  return Math.round(Number(number) * factor);
}
