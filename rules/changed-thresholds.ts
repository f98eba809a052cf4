// Other numbers for one alert, tried before they are written into thresholds.yml: checked by the same schema.
import { stringify } from 'yaml';
import { parseThresholds, SEVERITIES, type Severity, type Thresholds } from './thresholds.ts';

/**
 * The thresholds with other numbers for one of them. Overrides stay as they are.
 * @param name in thresholds.yml, such as `filesystem`
 * @param changes `warning: 85%` sets the limit of a severity, `warning.hold: 5m` how long it has to be so, any other name a parameter
 * @throws {Error} on a name that this threshold does not have, and on a value that the schema refuses
 */
export function withChanges(
  all: Thresholds,
  name: string,
  changes: Readonly<Record<string, string>>,
): Thresholds {
  const threshold = all.thresholds[name];
  if (threshold === undefined) throw new Error(`thresholds.yml has no ${name}`);
  const changed = structuredClone(threshold);
  for (const [key, value] of Object.entries(changes)) {
    const [severity, what] = splitName(key);
    const level = severity === undefined ? undefined : changed[severity];
    if (level !== undefined) level[what] = value;
    else if (Object.hasOwn(changed.parameters, key)) changed.parameters[key] = value;
    else throw new Error(`${name} has no "${key}"; there are ${namesOf(all, name).join(', ')}`);
  }
  return parseThresholds(stringify({ ...all, thresholds: { ...all.thresholds, [name]: changed } }));
}

/** What can be changed of a threshold, by the names that `withChanges` takes. */
export function namesOf(all: Thresholds, name: string): string[] {
  const threshold = all.thresholds[name];
  if (threshold === undefined) return [];
  const levels = SEVERITIES.filter((severity) => threshold[severity] !== undefined);
  return [
    ...levels.flatMap((severity) => [severity, `${severity}.hold`]),
    ...Object.keys(threshold.parameters),
  ];
}

function splitName(key: string): [Severity | undefined, 'limit' | 'hold'] {
  const [first, ...rest] = key.split('.');
  const severity = SEVERITIES.find((one) => one === first);
  if (rest.length === 0) return [severity, 'limit'];
  return rest.join('.') === 'hold' ? [severity, 'hold'] : [undefined, 'limit'];
}
