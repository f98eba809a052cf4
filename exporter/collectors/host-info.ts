// The inventory of the host, read in the background at start and once an hour, never within a scrape.
import { gauge } from '../promformat/family.ts';
import { type Inventory, readInventory } from '../sources/inventory.ts';
import { type Collector, NoDataError } from './collector.ts';

const REFRESH_MS = 3_600_000;

/** @param read answers the inventory; its rejection is kept and told by the next scrape. */
export function createHostInfoCollector(
  read: (signal: AbortSignal) => Promise<Inventory> = readInventory,
): Collector {
  let inventory: Inventory | undefined;
  let problem = new NoDataError('not_read_yet', 'The inventory of the host is being read');
  let timer: NodeJS.Timeout | undefined;
  let reading = false;
  const stopping = new AbortController();
  const refresh = async (): Promise<void> => {
    if (reading) return;
    reading = true;
    try {
      inventory = await read(stopping.signal);
    } catch (error) {
      problem = new NoDataError(
        'read_failed',
        `Cannot read the inventory: ${(error as Error).message}`,
      );
    } finally {
      reading = false;
    }
  };
  return {
    name: 'host-info',
    start() {
      void refresh();
      timer = setInterval(() => void refresh(), REFRESH_MS).unref();
    },
    async collect(signal) {
      signal.throwIfAborted();
      if (inventory === undefined) throw problem;
      return [
        gauge(
          'guard_host_info',
          'Inventory of the host, read once an hour; the value is always 1.',
          [{ labels: toLabels(inventory), value: 1 }],
        ),
      ];
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
    },
  };
}

function toLabels({ cpuModel, cpus, ...rest }: Inventory): Record<string, string> {
  return { ...rest, cpu_model: cpuModel, cpus: String(cpus) };
}
