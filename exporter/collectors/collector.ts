// One source of metrics. A collector reads, parses and answers fresh families; what it cannot read it says by NoDataError.
import type { MetricFamily } from '../promformat/family.ts';

export { NoDataError } from '../sources/no-data.ts';

export interface Collector {
  /** Public id: the file's name, the value of the `collector` label, the key in the configuration. */
  readonly name: string;
  /** Fresh families of one scrape. @throws {NoDataError} when there is nothing to read, with the reason. */
  collect(signal: AbortSignal): Promise<MetricFamily[]>;
  /** Starts long-lived work such as a child process; called once before the first scrape. */
  start?(): void;
  stop?(): Promise<void>;
}
