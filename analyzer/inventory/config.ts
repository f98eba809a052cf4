// The part of analyzer.yml that says whether hosts and their use are written into PostgreSQL, and for how long they are kept.
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import { storeSchema } from '../store/config.ts';
import { PARTITION_SPANS } from './partitions.ts';

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export const inventorySchema = z
  .strictObject({
    enabled: z.boolean().default(false).describe('Whether hosts and their use are written.'),
    url: storeSchema.shape.url.describe('PostgreSQL as in store.url; that one unless given.'),
    password_file: storeSchema.shape.password_file.describe(
      'File with the password; store.password_file unless given.',
    ),
    timeout: duration({ min: 0.1, max: 60 })
      .prefault('10s')
      .describe('Time to connect, and for each statement.'),
    retention: duration({ min: DAY_SECONDS, max: 3_650 * DAY_SECONDS })
      .prefault('90d')
      .describe('How long it is kept.'),
    partition: z
      .enum(PARTITION_SPANS)
      .default('day')
      .describe('Span of one partition, which is dropped as a whole.'),
    catch_up: duration({ min: 0, max: 31 * DAY_SECONDS })
      .prefault('24h')
      .describe('How far back is written what was missed.'),
    delay: duration({ min: 5, max: HOUR_SECONDS })
      .prefault('30s')
      .describe("How long after a minute's end it is written, so that every sample is there."),
  })
  .refine(({ catch_up, retention }) => catch_up <= retention, {
    path: ['catch_up'],
    message: 'is longer than retention: what is caught up on would be dropped at once',
  });

export type InventoryConfig = z.infer<typeof inventorySchema>;
