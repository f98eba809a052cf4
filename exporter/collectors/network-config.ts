// The section `network` of the configuration.
import { z } from 'zod';
import { pattern } from './device-pattern.ts';

/** Loopback has no wire; the veth ends of containers come and go, and their traffic is counted on the bridge or uplink. */
export const networkConfigSchema = z
  .strictObject({
    ignored_devices: pattern()
      .default('lo\\d*|veth.*')
      .describe(
        "Regular expression that matches the whole name; the default leaves out loopback and the ends of containers' cables.",
      ),
  })
  .prefault({});
export type NetworkConfig = z.infer<typeof networkConfigSchema>;
