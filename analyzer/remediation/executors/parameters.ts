// Parameters of an executor, parsed strictly: in the playbook with labels open, and again when they are filled in.
import type { z } from 'zod';
import { ExecutorError } from '../executor.ts';

/** @throws {ExecutorError} */
export function parseParameters<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  throw new ExecutorError('parameters', problemsOf(schema, parameters).join('; '));
}

export function problemsOf<T>(schema: z.ZodType<T>, parameters: unknown): string[] {
  const { error } = schema.safeParse(parameters);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}
