// Reads the Alertmanager configurations of this folder, as far as the tests have to agree with them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A branch of the routing tree. */
export interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[] | undefined;
  readonly routes?: readonly Route[] | undefined;
  readonly [key: string]: unknown;
}

const routeSchema: z.ZodType<Route> = z.looseObject({
  receiver: z.string(),
  matchers: z.array(z.string()).optional(),
  routes: z.lazy(() => z.array(routeSchema)).optional(),
});
const configSchema = z.looseObject({
  route: routeSchema,
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
  return configSchema.parse(
    parse(readFileSync(join(import.meta.dirname, file), 'utf8'), { merge: true }),
  );
}

/** The same tree without its patience and its free time, for tests that wait for what it sends. */
export function impatient(route: Route): Route {
  const { mute_time_intervals: _, routes, ...rest } = route;
  const quick = { group_wait: '100ms', group_interval: '1s', repeat_interval: '1h' };
  return {
    ...rest,
    ...quick,
    ...(routes === undefined ? {} : { routes: routes.map(impatient) }),
  };
}
