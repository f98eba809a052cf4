// What may be asked about an open finding beside its evidence: more PromQL, the journal, a trace store.
import { z } from 'zod';
import { duration, httpUrl } from '../service/config.ts';

const MAX_ARGUMENTS = 16;
const MAX_LINES = 50;
const MAX_SERVICES = 1_000;

const journal = z.strictObject({
  enabled: z.boolean().default(false),
  command: z.string().min(1).default('journalctl'),
  arguments: z.array(z.string()).max(MAX_ARGUMENTS).default([]),
  lines: z.int().min(1).max(MAX_LINES).default(5),
  timeout: duration({ min: 0.1, max: 60 }).prefault('5s'),
});

const traces = z.strictObject({
  url: httpUrl().optional(),
  api: z.enum(['tempo', 'jaeger']).default('tempo'),
  timeout: duration({ min: 0.1, max: 60 }).prefault('5s'),
  services: z
    .record(z.string(), z.string().min(1))
    .refine((map) => Object.keys(map).length <= MAX_SERVICES, `at most ${MAX_SERVICES} services`)
    .default({}),
});

export const hintsSchema = z.strictObject({
  enabled: z.boolean().default(true),
  journal: journal.prefault({}),
  traces: traces.prefault({}),
});
