// The section `sockets` of the configuration.
import { z } from 'zod';
import { duration } from '../../../service/config.ts';

export const socketsConfigSchema = z
  .strictObject({
    interval: duration({ min: 1, max: 300 })
      .prefault('15s')
      .describe(
        'How often all TCP sockets are looked at, by one short run of `ss` in the background.',
      ),
  })
  .prefault({});
