// What the inventory wants to know of a host, and the shape of what provides it: one exporter = one source.

/** Per minute, each a mean over that minute; NULL where the exporter did not say. */
export const USAGE_COLUMNS = [
  'cpu_used_ratio',
  'load1',
  'memory_used_ratio',
  'memory_used_bytes',
  'swap_used_bytes',
  'disk_busy_ratio',
  'disk_read_bytes_per_second',
  'disk_written_bytes_per_second',
  'filesystem_used_ratio',
  'network_received_bytes_per_second',
  'network_transmitted_bytes_per_second',
  'ping_rtt_seconds',
  'ping_loss_ratio',
] as const;
export type UsageColumn = (typeof USAGE_COLUMNS)[number];

/** Texts of the hardware and the system, taken from labels. */
export const INFO_TEXTS = [
  'hostname',
  'os',
  'kernel',
  'architecture',
  'virtualization',
  'cpu_model',
] as const;
export type InfoText = (typeof INFO_TEXTS)[number];

/** Numbers of the hardware. */
export const INFO_NUMBERS = ['cpus', 'memory_bytes', 'disk_bytes', 'network_speed_bytes'] as const;
export type InfoNumber = (typeof INFO_NUMBERS)[number];

export interface InventorySource {
  readonly name: string;
  /** A gauge that is there whenever the host was scraped: a minute without it is a minute without the host. */
  readonly presence: string;
  /**
   * PromQL with one series for each job and instance. `$window` stands for one minute, and for five where the host is
   * scraped so rarely that a minute tells nothing.
   */
  readonly usage: Readonly<Partial<Record<UsageColumn, string>>>;
  /** Series whose labels hold texts of the host: the first that has one wins. */
  readonly texts: readonly {
    readonly expr: string;
    readonly labels: Readonly<Partial<Record<InfoText, string>>>;
  }[];
  readonly numbers: Readonly<Partial<Record<InfoNumber, string>>>;
}
