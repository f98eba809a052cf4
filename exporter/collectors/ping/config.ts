// What may be written in the section `ping` of the configuration.
import { z } from 'zod';
import { duration } from '../../../service/config.ts';

/** Each target is one child process of about 1 MB. */
const MAX_TARGETS = 200;

const address = () =>
  z.string().regex(/^[\p{L}\p{N}_:][\p{L}\p{N}_.:%-]{0,252}$/u, {
    error: 'expected a host name or an address',
  });
const target = () =>
  z
    .union(
      [
        address(),
        z.strictObject({
          address: address().describe('Host name, IPv4 or IPv6 address.'),
          name: z.string().min(1).optional().describe('Label `target`; the address unless given.'),
          ip_version: z
            .literal([4, 6])
            .optional()
            .describe('4 or 6; what the resolver prefers unless given.'),
        }),
      ],
      {
        error: 'expected a host name, an address, or {address: …, name: …, ip_version: 4 or 6}',
      },
    )
    .transform((value) => {
      if (typeof value === 'string') return { address: value, name: value, ipVersion: undefined };
      const { address, name = address, ip_version: ipVersion } = value;
      return { address, name, ipVersion };
    });

export const pingConfigSchema = z
  .strictObject({
    interval: duration({ min: 0.2, max: 60 })
      .prefault('1s')
      .describe('Time between two requests to each target.'),
    resolve_interval: duration({ min: 10, max: 86_400 })
      .prefault('5m')
      .describe('How long a name is trusted to mean the same address.'),
    targets: z
      .array(target())
      .max(MAX_TARGETS)
      .refine((targets) => new Set(targets.map(({ name }) => name)).size === targets.length, {
        error: 'two targets have the same name',
      })
      .prefault(['127.0.0.1'])
      .describe(
        'Hosts, as text or with name and IP version. Each is one child process of about 1 MB.',
      ),
  })
  .prefault({});
export type PingConfig = z.infer<typeof pingConfigSchema>;
