// Files of a message in a folder, the newest so many of them.
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import type { Message, Notifier } from './message.ts';
import { NotifyError } from './notify-error.ts';

/** What is ours to remove: nothing else in the folder is touched. */
const OURS = /^latency-guard-[\w.-]+\.(html|pdf|md|txt)$/;

export const directorySchema = z.strictObject({
  type: z.literal('directory').describe('What kind of channel it is.'),
  path: z
    .string()
    .refine(isAbsolute, 'expected an absolute path')
    .describe('Absolute path of a folder.'),
  keep: z.int().min(1).max(10_000).default(200).describe('Files that stay; the oldest beyond go.'),
});

export function createDirectoryNotifier(config: z.infer<typeof directorySchema>): Notifier {
  return {
    async send(message) {
      try {
        await save(config.path, message);
        await removeOld(config);
      } catch (error) {
        const text = `${config.path} cannot be written: ${(error as Error).message}`;
        throw new NotifyError('not_written', text, { isRetryable: true });
      }
    },
  };
}

/** Whoever looks meanwhile finds the whole file or none. */
async function save(folder: string, { files }: Message): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { name, content } of files) {
    const path = join(folder, name);
    await writeFile(`${path}.part`, content);
    await rename(`${path}.part`, path);
  }
}

async function removeOld({ path, keep }: z.infer<typeof directorySchema>): Promise<void> {
  const names = (await readdir(path)).filter((name) => OURS.test(name));
  const files = await Promise.all(
    names.map(async (name) => ({ name, time: (await stat(join(path, name))).mtimeMs })),
  );
  files.sort((a, b) => b.time - a.time || (a.name < b.name ? 1 : -1));
  for (const { name } of files.slice(keep)) await rm(join(path, name));
}
