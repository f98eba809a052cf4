// Numbers, times and names as a person reads them. Pure: the time of now is an argument.
import type { Labels } from '../../../series/labels.ts';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const MAX_AXIS_DIGITS = 5;
const BINARY = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
/** Labels that name what is spoken of, the narrowest first; job and instance are told apart from them. */
const NAMING = [
  'group',
  'mountpoint',
  'device',
  'target',
  'probe',
  'database_server',
  'container',
  'pod',
] as const;
/** Words that are written in capitals within a name. */
const CAPITALS: Readonly<Record<string, string>> = {
  cpu: 'CPU',
  io: 'I/O',
  fd: 'file descriptor',
  fds: 'file descriptors',
  rtt: 'round-trip time',
  tcp: 'TCP',
};

/** `cpu_saturation` → `CPU saturation`. */
export function titleOf(name: string): string {
  const words = name.split('_').map((word) => CAPITALS[word] ?? word);
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What a set of labels is about: the group, the mount point …, or the host itself. */
export function subjectOf(labels: Labels): string {
  const names = NAMING.flatMap((name) => labels[name] ?? []);
  return names.length > 0 ? names.join(' ') : hostOf(labels);
}

/** The instance, with its port: two exporters of one machine are two hosts here. */
export function hostOf({ instance }: Labels): string {
  return instance ?? 'no host';
}

/** Those labels that say what something is about. */
export function labelsOfPlace(labels: Labels): Labels {
  const names: readonly string[] = ['instance', ...NAMING];
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}

/** `subject on host`, or the host alone. */
export function placeOf(labels: Labels): string {
  const subject = subjectOf(labels);
  const host = hostOf(labels);
  return subject === host ? host : `${subject} on ${host}`;
}

/** `3 min`, `2 h 5 min`, `4 d`: two parts at most, none of them exact beyond use. */
export function durationText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < MINUTE) return `${whole} s`;
  if (whole < HOUR) return `${Math.round(whole / MINUTE)} min`;
  if (whole < DAY) return twoParts(whole, [HOUR, 'h'], [MINUTE, 'min']);
  return twoParts(whole, [DAY, 'd'], [HOUR, 'h']);
}

function twoParts(
  seconds: number,
  [large, largeName]: readonly [number, string],
  [small, smallName]: readonly [number, string],
): string {
  const total = Math.round(seconds / small);
  const per = large / small;
  const rest = total % per;
  const first = `${Math.floor(total / per)} ${largeName}`;
  return rest === 0 || total >= 10 * per ? first : `${first} ${rest} ${smallName}`;
}

/** `3 min ago`, `in 2 h`; times are Unix seconds. */
export function agoText(time: number, now: number): string {
  const seconds = now - time;
  if (Math.abs(seconds) < 2) return 'now';
  return seconds > 0 ? `${durationText(seconds)} ago` : `in ${durationText(-seconds)}`;
}

/** `today 14:05`, else with its date, in the reader's own time zone. */
export function clockText(time: number, now: number, withSeconds = false): string {
  const date = new Date(time * 1000);
  const isToday = date.toDateString() === new Date(now * 1000).toDateString();
  const clock = date.toLocaleTimeString([], {
    ...{ hour: '2-digit', minute: '2-digit' },
    ...(withSeconds ? { second: '2-digit' } : {}),
  });
  if (isToday) return clock;
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })}, ${clock}`;
}

/** Times of an axis that is `spanSeconds` long: with the date where one day does not hold it. */
export function axisTimeText(time: number, spanSeconds: number): string {
  const date = new Date(time * 1000);
  const clock = date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
  if (spanSeconds < 1.5 * DAY) return clock;
  return `${date.toLocaleDateString([], { day: 'numeric', month: 'short' })} ${clock}`;
}

export function percentText(ratio: number): string {
  const percent = ratio * 100;
  const digits = Math.abs(percent) < 10 && percent !== 0 ? 1 : 0;
  return `${percent.toFixed(digits)} %`;
}

/** A value with its unit; three significant digits. */
export function quantityText(value: number | null | undefined, unit = ''): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (unit === 'ratio') return percentText(value);
  if (unit === 'bytes') return bytesText(value);
  if (unit === 'bytes_per_second') return `${bytesText(value)}/s`;
  if (unit === 'seconds') return secondsText(value);
  if (unit === 'per_second') return `${numberText(value)}/s`;
  if (unit === 'cores') return `${numberText(value)} ${value === 1 ? 'core' : 'cores'}`;
  return numberText(value);
}

/** Ticks of an axis: as short as tells them apart. */
export function axisTexts(ticks: readonly number[], unit: string): string[] {
  const short = ticks.map((tick) => quantityText(tick, unit));
  const isClear = (texts: readonly string[]) => new Set(texts).size === texts.length;
  if (isClear(short) || unit !== 'ratio') return short;
  for (let digits = 1; digits < MAX_AXIS_DIGITS; digits += 1) {
    const longer = ticks.map((tick) => `${(tick * 100).toFixed(digits)} %`);
    if (isClear(longer)) return longer;
  }
  return short;
}

export function numberText(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1_000_000) return `${trimmed(value / 1_000_000)} M`;
  if (size >= 10_000) return `${trimmed(value / 1_000)} k`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function bytesText(value: number): string {
  const size = Math.abs(value);
  const power = size < 1 ? 0 : Math.min(BINARY.length - 1, Math.floor(Math.log2(size) / 10));
  return `${trimmed(value / 1024 ** power)} ${BINARY[power]}`;
}

function secondsText(value: number): string {
  const size = Math.abs(value);
  if (size > 0 && size < 0.001) return `${trimmed(value * 1e6)} µs`;
  if (size > 0 && size < 1) return `${trimmed(value * 1e3)} ms`;
  return size < 100 ? `${trimmed(value)} s` : durationText(value);
}

/** The unit that a feature's name ends with, where the API does not tell it. */
export function unitOfName(name: string): string {
  const suffixes = [
    ['_bytes_per_second', 'bytes_per_second'],
    ['_per_second', 'per_second'],
    ['_bytes', 'bytes'],
    ['_seconds', 'seconds'],
    ['_ratio', 'ratio'],
    ['_cores', 'cores'],
    ['_memory', 'bytes'],
  ] as const;
  if (name === 'host_cpu' || name === 'host_memory' || name === 'filesystem') return 'ratio';
  if (name === 'group_cpu') return 'cores';
  return suffixes.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'other';
}

/** `3 findings`, `1 finding`. */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
