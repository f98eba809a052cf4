// Log lines in the Elastic Common Schema (https://www.elastic.co/docs/reference/ecs). Loaded only for --log.format=ecs.
import { ecsFormat } from '@elastic/ecs-pino-format';
import type { LoggerOptions } from 'pino';
import { productVersion } from './flags.ts';
import type { LogOptions } from './log.ts';

/**
 * Errors become `error.*`; every other field goes below `latency_guard`. On the top level `client`, `error` or `host` would be
 * objects of the schema, and Elasticsearch refuses a document in which one of them is a text.
 */
export function ecsOptions({ name, level }: LogOptions): LoggerOptions {
  const ecs = ecsFormat({
    serviceName: 'latency-guard',
    serviceVersion: productVersion(),
    eventDataset: `latency-guard.${name.replace(/^guard-/, '')}`,
    apmIntegration: false,
  });
  return {
    ...ecs,
    name,
    level,
    formatters: {
      ...ecs.formatters,
      log: ({ err, ...fields }) => ({
        ...(typeof err === 'string' ? { 'error.message': err } : ecs.formatters?.log?.({ err })),
        ...(Object.keys(fields).length === 0 ? {} : { latency_guard: fields }),
      }),
    },
  };
}
