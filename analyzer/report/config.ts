// `report:` of analyzer.yml: when a report is made, of how long, and to whom it goes.
import { CronPattern } from 'croner';
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import { FORMATS } from './render-report.ts';
import { createZone } from './zone.ts';

const MAX_CHANNELS = 32;

export const reportSchema = z.strictObject({
  schedule: z
    .string()
    .refine(isPattern, 'expected a cron pattern such as "0 7 * * MON"')
    .optional()
    .describe('Cron with five fields, in the time zone; without it a report is made by hand only.'),
  time_zone: z
    .string()
    .refine(isZone, 'expected a time zone such as Europe/Berlin')
    .default('UTC')
    .describe('IANA name; of days, hours and the schedule.'),
  range: duration({ min: 3_600, max: 366 * 86_400 })
    .prefault('7d')
    .describe('How much past a report is about.'),
  formats: z.array(z.enum(FORMATS)).min(1).default(['html', 'pdf']).describe('What is made.'),
  send_to: z.array(z.string()).max(MAX_CHANNELS).default([]).describe('Names of notify.channels.'),
});
export type ReportConfig = z.infer<typeof reportSchema>;

/** What the schema of one part cannot see: whom the report goes to is named in another. */
export function unknownChannels(config: {
  readonly report: ReportConfig;
  readonly notify: { readonly channels: object };
}) {
  return config.report.send_to.flatMap((name, index) =>
    name in config.notify.channels
      ? []
      : [{ path: ['report', 'send_to', index], message: `"${name}" is not among notify.channels` }],
  );
}

function isPattern(text: string): boolean {
  try {
    new CronPattern(text);
    return text.trim().split(/\s+/).length === 5;
  } catch {
    return false;
  }
}

function isZone(name: string): boolean {
  try {
    createZone(name);
    return true;
  } catch {
    return false;
  }
}
