// The part of analyzer.yml that says where the numbers of the alerts are kept, so that they can be changed in the console.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { httpUrl } from '../../service/config.ts';

const path = z.string().refine(isAbsolute, 'expected an absolute path');

export const rulesSchema = z
  .strictObject({
    thresholds_file: path
      .optional()
      .describe(
        'Written by the analyzer, begun as a copy of ours; without it changes are shown to paste.',
      ),
    alerts_file: path
      .optional()
      .describe('The rule file that Prometheus loads, made anew from the thresholds.'),
    reload_url: httpUrl()
      .optional()
      .describe('Where to ask for a reload by POST; /-/reload of prometheus.url unless given.'),
  })
  .superRefine(({ thresholds_file, alerts_file }, context) => {
    if (alerts_file !== undefined && thresholds_file === undefined)
      context.addIssue({
        code: 'custom',
        path: ['alerts_file'],
        message: 'needs rules.thresholds_file: it is made from it',
      });
  });

export type RulesConfig = z.infer<typeof rulesSchema>;
