// Reads the Alertmanager configurations of this folder, as far as the tests have to agree with them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const configSchema = z.looseObject({
  route: z.looseObject({ routes: z.array(z.looseObject({})) }),
  receivers: z.array(
    z.looseObject({
      name: z.string(),
      slack_configs: z.array(z.record(z.string(), z.unknown())).optional(),
    }),
  ),
  inhibit_rules: z.array(z.unknown()),
});

export type AlertmanagerConfig = z.infer<typeof configSchema>;

/** @throws {ZodError} when routing, receivers or inhibition are missing. */
export function readConfig(file: string): AlertmanagerConfig {
  return configSchema.parse(parse(readFileSync(join(import.meta.dirname, file), 'utf8')));
}
