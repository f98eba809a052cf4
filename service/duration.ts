// Prometheus durations ("5s", "1h30m"), the one way time spans are written in configuration, flags and labels.

const UNIT_SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_536_000 };
type Unit = keyof typeof UNIT_SECONDS;
const FORM = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const ORDER: readonly Unit[] = ['y', 'w', 'd', 'h', 'm', 's', 'ms'];

/**
 * Seconds of a duration in Prometheus' syntax (units y w d h m s ms, largest first, each at most once).
 * Undefined when the text is no such duration.
 * Source: https://prometheus.io/docs/prometheus/latest/configuration/configuration/ (`<duration>`).
 */
export function parseDuration(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : FORM.exec(text);
  if (match === null) return undefined;
  return ORDER.reduce(
    (sum, unit, index) => sum + Number(match[index + 1] ?? 0) * UNIT_SECONDS[unit],
    0,
  );
}

/** The shortest Prometheus duration of a number of seconds, exact to the millisecond: 5400 → "1h30m". */
export function formatDuration(seconds: number): string {
  let restMs = Math.round(seconds * 1000);
  if (restMs === 0) return '0s';
  let text = '';
  for (const unit of ORDER) {
    if (unit === 'y' || unit === 'w') continue;
    const unitMs = UNIT_SECONDS[unit] * 1000;
    const count = Math.floor(restMs / unitMs);
    if (count > 0) text += `${count}${unit}`;
    restMs -= count * unitMs;
  }
  return text;
}
