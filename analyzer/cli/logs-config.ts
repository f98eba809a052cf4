// The file of `guard logs rotate`: which folders, which files in them, and when they are archived and removed.
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { duration } from '../../service/config.ts';
import { parseSize } from '../../service/log-size.ts';

const MAX_DIRECTORIES = 100;

const path = z.string().refine(isAbsolute, 'expected an absolute path');
const pattern = z
  .string()
  .min(1)
  .refine(
    (text) => !isAbsolute(text) && !text.split('/').includes('..'),
    'expected a pattern inside the folder, such as *.log or **/*.log',
  );
const size = z.union([z.string(), z.number()]).transform((given, context) => {
  const bytes = parseSize(String(given));
  if (bytes !== undefined) return bytes;
  context.addIssue(`"${given}" is not a size such as 10MB`);
  return z.NEVER;
});

const directory = z.strictObject({
  path,
  patterns: z.array(pattern).min(1),
  exclude: z.array(pattern).default([]),
  /** Not written to since. */
  min_age: duration({ min: 60 }).prefault('1d'),
  min_size: size.default(1),
  /** Beside the file unless given. */
  archive: path.optional(),
  /** Archives that are older are removed; never unless given. */
  retention: duration({ min: 3_600 }).optional(),
});

export const logsSchema = z.strictObject({
  directories: z.array(directory).min(1, 'names no folder').max(MAX_DIRECTORIES).prefault([]),
});

export type LogDirectory = z.infer<typeof directory>;
