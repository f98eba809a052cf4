// Which devices are exported: a pattern of ignored names, and a bound on how many series may come of it.
export const MAX_DEVICES = 512;

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
