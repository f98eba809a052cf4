// Secrets lie in files of their own and are read anew each time: a new one needs no restart.
import { readFile } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { NotifyError } from './notify-error.ts';

export const secretFile = z.string().refine(isAbsolute, 'expected an absolute path');

/** Without the end of its line. @throws {NotifyError} */
export async function readSecret(file: string): Promise<string> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new NotifyError('no_secret', `${file} cannot be read: ${(error as Error).message}`);
  }
  if (text === '') throw new NotifyError('no_secret', `${file} is empty`);
  return text;
}
