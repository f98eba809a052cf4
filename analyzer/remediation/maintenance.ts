// Maintenance windows on the wall clock of a time zone: actions only within, or never within.
import { z } from 'zod';
import { matchesAny } from './glob.ts';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MINUTES = 1_440;
const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

const clock = z.string().regex(CLOCK, 'expected a time such as 22:00');
const instant = z.iso.datetime({ offset: true });
const patterns = z.array(z.string().min(1)).min(1).max(1_000).default(['*']);

export const windowSchema = z
  .strictObject({
    name: z.string().min(1).max(100).describe('Shown where an action waits for it.'),
    actions: z
      .enum(['only', 'never'])
      .describe(
        'only: actions run within such windows and at no other time; never: not within it.',
      ),
    timezone: z
      .string()
      .refine(isTimeZone, 'expected a time zone such as Europe/Berlin')
      .optional()
      .describe('IANA name; needed with times of day.'),
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .optional()
      .describe('Days on which it begins; every day unless given.'),
    from: z
      .union([clock, instant])
      .describe('Time of day such as "22:00", or a date and time with its zone.'),
    to: z.union([clock, instant]).describe('End, in the same form as from.'),
    hosts: patterns.describe('Hosts that it is about; all unless given.'),
    playbooks: patterns.describe('Playbooks that it is about; all unless given.'),
  })
  .superRefine(({ from, to, timezone, days }, context) => {
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (CLOCK.test(from) !== CLOCK.test(to)) refuse('to', 'expected the same form as from');
    else if (CLOCK.test(from)) {
      if (timezone === undefined) refuse('timezone', 'a time of day needs a time zone');
      if (from === to) refuse('to', 'expected another time than from');
    } else {
      if (days !== undefined) refuse('days', 'only for times of day');
      if (Date.parse(from) >= Date.parse(to)) refuse('to', 'expected a time after from');
    }
  });

export type MaintenanceWindow = z.infer<typeof windowSchema>;

export interface WindowTarget {
  readonly playbook: string;
  readonly host: string;
}

/** Why the action has to wait; undefined when it may run now. @param now Unix seconds */
export function closedByWindow(
  windows: readonly MaintenanceWindow[],
  { playbook, host }: WindowTarget,
  now: number,
): string | undefined {
  const about = windows.filter(
    (one) => matchesAny(one.hosts, host) && matchesAny(one.playbooks, playbook),
  );
  const never = about.find((one) => one.actions === 'never' && isWithin(one, now));
  if (never !== undefined) return `window ${never.name} allows no actions`;
  const only = about.filter((one) => one.actions === 'only');
  if (only.length === 0 || only.some((one) => isWithin(one, now))) return undefined;
  return `waits for window ${only.map((one) => one.name).join(' or ')}`;
}

/**
 * The wall clock decides. When clocks go back, the repeated hour is within or without twice; when they go forward,
 * a window that begins in the missing hour begins after it. @param now Unix seconds
 */
export function isWithin({ from, to, timezone, days }: MaintenanceWindow, now: number): boolean {
  if (!CLOCK.test(from)) return now * 1000 >= Date.parse(from) && now * 1000 < Date.parse(to);
  const { day, minute } = wallClock(now, timezone ?? 'UTC');
  const [start, end] = [minuteOf(from), minuteOf(to)];
  const begins = (index: number) => days === undefined || days.includes(DAYS[index] ?? 'sun');
  if (start < end) return begins(day) && minute >= start && minute < end;
  // Over midnight: the second part belongs to the day on which it began.
  return (begins(day) && minute >= start) || (begins((day + 6) % 7) && minute < end);
}

function minuteOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return (hours * 60 + minutes) % DAY_MINUTES;
}

/** Day of the week (0 = Sunday) and minute of the day, there. */
function wallClock(now: number, timeZone: string): { day: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(now * 1000));
  const read = (type: Intl.DateTimeFormatPartTypes) =>
    parts.find((part) => part.type === type)?.value ?? '';
  const days: readonly string[] = DAYS;
  const day = days.indexOf(read('weekday').toLowerCase());
  return { day, minute: Number(read('hour')) * 60 + Number(read('minute')) };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
