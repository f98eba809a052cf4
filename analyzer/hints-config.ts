// What may be asked about an open finding beside its evidence: more PromQL, the journal, a trace store.
import { z } from 'zod';
import { duration, httpUrl } from '../service/config.ts';

const MAX_ARGUMENTS = 16;
const MAX_LINES = 50;
const MAX_SERVICES = 1_000;

const journal = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether the journal is asked for warnings around the onset.'),
  command: z.string().min(1).default('journalctl').describe('Program that reads the journal.'),
  arguments: z
    .array(z.string())
    .max(MAX_ARGUMENTS)
    .default([])
    .describe('Come first, such as --directory=/var/log/journal/remote.'),
  lines: z.int().min(1).max(MAX_LINES).default(5).describe('Lines that a finding shows.'),
  timeout: duration({ min: 0.1, max: 60 }).prefault('5s').describe('What one look may take.'),
});

const traces = z.strictObject({
  url: httpUrl().optional().describe('Base URL of a trace store; without it none is asked.'),
  api: z.enum(['tempo', 'jaeger']).default('tempo').describe('Which API it speaks.'),
  timeout: duration({ min: 0.1, max: 60 }).prefault('5s').describe('What one search may take.'),
  services: z
    .record(z.string(), z.string().min(1))
    .refine((map) => Object.keys(map).length <= MAX_SERVICES, `at most ${MAX_SERVICES} services`)
    .default({})
    .describe('Name of the service in the traces by process group, where it is not the same.'),
});

export const hintsSchema = z.strictObject({
  enabled: z.boolean().default(true).describe('Whether hints are looked for.'),
  journal: journal.prefault({}).describe('Warnings of the host and unit around the onset.'),
  traces: traces.prefault({}).describe('The slowest spans around the onset.'),
});
