// Which devices are exported: a pattern of ignored names, and a bound on how many series may come of it.
import { z } from 'zod';

export const MAX_DEVICES = 512;

/** A regular expression in YAML, kept as its text; it must match the whole name. An empty text ignores nothing. */
export const pattern = () =>
  z.string().refine((text) => isPattern(text), { error: 'expected a regular expression' });

/** True for the names that are kept. */
export function createDeviceFilter(ignored: string): (name: string) => boolean {
  if (ignored === '') return () => true;
  const expression = new RegExp(`^(?:${ignored})$`);
  return (name) => !expression.test(name);
}

/** The same devices. @throws {Error} when there are too many, with the setting that helps. */
export function boundDevices<T>(devices: readonly T[], setting: string): readonly T[] {
  if (devices.length <= MAX_DEVICES) return devices;
  throw new Error(
    `${devices.length} devices are more than ${MAX_DEVICES}: ignore some of them by ${setting}`,
  );
}

function isPattern(text: string): boolean {
  try {
    new RegExp(`^(?:${text})$`);
    return true;
  } catch {
    return false;
  }
}
