// Pressure stall information (PSI): how long tasks waited for CPU, I/O or memory. Linux 4.20 or later, unless booted with psi=0.
// Source: https://docs.kernel.org/accounting/psi.html
import { counter, type MetricFamily } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import { type Collector, NoDataError } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

const RESOURCES = ['cpu', 'io', 'memory'] as const;
const MICROSECONDS = 1e6;

export interface Pressure {
  readonly waitingSeconds: number;
  /** Undefined where the file has no `full` line. */
  readonly stalledSeconds: number | undefined;
}

export function createPressureCollector(files: HostFiles): Collector {
  return {
    name: 'pressure',
    async collect(signal) {
      signal.throwIfAborted();
      const families = RESOURCES.flatMap((resource) => {
        const text = optional(() => files.proc(`pressure/${resource}`));
        return text === undefined ? [] : toFamilies(resource, parsePressure(text));
      });
      families.push(...irqFamilies(files));
      if (families.length === 0) {
        throw new NoDataError(
          'not_supported',
          `Cannot read ${files.paths.procfs}/pressure: this kernel has no pressure stall information, or it is off (psi=0)`,
        );
      }
      return families;
    },
  };
}

/** Parses the lines `some avg10=… total=<microseconds>` and `full …`. */
export function parsePressure(text: string): Pressure {
  const waitingSeconds = parseTotal(text, 'some');
  if (waitingSeconds === undefined) {
    throw new Error(`Cannot parse /proc/pressure: no line "some" in ${JSON.stringify(text)}`);
  }
  return { waitingSeconds, stalledSeconds: parseTotal(text, 'full') };
}

/** Undefined where there is no such line. */
function parseTotal(text: string, kind: 'some' | 'full'): number | undefined {
  const line = new RegExp(`^${kind} .*$`, 'm').exec(text)?.[0];
  if (line === undefined) return undefined;
  const total = /\btotal=(\S+)$/.exec(line)?.[1];
  return kernelNumber(total, `/proc/pressure: ${kind}`) / MICROSECONDS;
}

/** For the host as a whole `full` of the CPU is undefined; the kernel prints 0, which is no measurement. */
function toFamilies(resource: string, pressure: Pressure): MetricFamily[] {
  const name = `guard_pressure_${resource}`;
  const waiting = counter(
    `${name}_waiting_seconds_total`,
    `Seconds in which at least one task waited for ${resource}.`,
    pressure.waitingSeconds,
  );
  if (resource === 'cpu') return [waiting];
  return [
    waiting,
    counter(
      `${name}_stalled_seconds_total`,
      `Seconds in which every task that had work waited for ${resource}.`,
      pressure.stalledSeconds,
    ),
  ];
}

/** Interrupts always stall whatever was running, so there is no `some` line. Linux 6.1 or later, if built for it. */
function irqFamilies(files: HostFiles): MetricFamily[] {
  const text = optional(() => files.proc('pressure/irq'));
  const total = text === undefined ? undefined : parseTotal(text, 'full');
  if (total === undefined) return [];
  return [
    counter(
      'guard_pressure_irq_stalled_seconds_total',
      'Seconds in which work on some CPU stood still for an interrupt.',
      total,
    ),
  ];
}
