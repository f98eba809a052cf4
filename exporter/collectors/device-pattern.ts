// How the configuration names what is left out: devices, mount points, cgroups.
import { z } from 'zod';

/** A regular expression in YAML, kept as its text; it must match the whole name. An empty text ignores nothing. */
export const pattern = () =>
  z.string().refine((text) => isPattern(text), { error: 'expected a regular expression' });

function isPattern(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`);
    return true;
  } catch {
    return false;
  }
}
