// Three hosts with a past of which the truth is known, as OpenMetrics text: seasonal, flat and noisy series, and two faults.

import { END } from '../cli/past-prometheus.contract.ts';
import { createNormal } from '../forecast/generated-series.ts';

const DAY_SECONDS = 86_400;
export const STEP = 60;
/** Unix seconds from which on the test looks live. */
export const LIVE = END - 3 * 3600;
/** CPU, run queue and network of host a leave what is usual, CPU one step before the others. */
export const SPIKE = LIVE + 1800;
export const SPIKE_SECONDS = 600;
/** From here on one of three replicas holds more threads than the others. */
export const ODD_ONE = LIVE + 5400;

export function watchedPast(days = 3): string {
  const hosts = ['a', 'b', 'c', 'd'];
  const lines: string[] = [];
  const add = (name: string, labels: string, valueAt: (time: number) => number) => {
    for (let time = END - days * DAY_SECONDS; time <= END; time += STEP)
      lines.push(`${name}{${labels}} ${valueAt(time)} ${time}`);
  };
  const each = (name: string, courseOf: (host: string) => (time: number) => number, more = '') => {
    lines.push(`# TYPE ${name} gauge`);
    for (const host of hosts) add(name, `job="guard",instance="${host}"${more}`, courseOf(host));
  };
  const day = (time: number) => Math.sin((2 * Math.PI * (time % DAY_SECONDS)) / DAY_SECONDS);
  const inSpike = (host: string, time: number, late: number) =>
    host === 'a' && time >= SPIKE + late && time < SPIKE + SPIKE_SECONDS;
  let seed = 0;
  const noise = (size: number) => {
    seed += 1;
    const normal = createNormal(seed);
    return () => size * normal();
  };
  each('cpu_ratio', (host) => {
    const small = noise(0.02);
    return (time) => 0.4 + 0.2 * day(time) + small() + (inSpike(host, time, 0) ? 0.35 : 0);
  });
  each('run_queue', (host) => {
    const small = noise(0.2);
    return (time) => 3 + day(time) + small() + (inSpike(host, time, STEP) ? 12 : 0);
  });
  each('network_bytes', (host) => {
    const small = noise(4e5);
    return (time) => 2e7 + 8e6 * day(time) + small() + (inSpike(host, time, STEP) ? 3e7 : 0);
  });
  each('limit_bytes', () => () => 8e9);
  each('disk_ratio', () => {
    const small = noise(0.01);
    return () => 0.3 + small();
  });
  each(
    'threads',
    (host) => {
      const small = noise(1);
      return (time) => 40 + small() + (host === 'b' && time >= ODD_ONE ? 25 : 0);
    },
    ',group="web"',
  );
  return `${lines.join('\n')}\n# EOF\n`;
}
