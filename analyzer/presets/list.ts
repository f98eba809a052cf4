// The presets that are shipped, and how each is recognised.

export const PRESET_NAMES = [
  'latency-guard',
  'node-exporter',
  'process-exporter',
  'cadvisor',
  'blackbox',
  'yace',
] as const;
export type PresetName = (typeof PRESET_NAMES)[number];

/** In use whatever the server has. */
export const STANDARD_PRESET: PresetName = 'latency-guard';

/** A metric that is there when the preset's exporter is scraped. */
export const DETECTED_BY: Readonly<Partial<Record<PresetName, string>>> = {
  'node-exporter': 'node_uname_info',
  'process-exporter': 'namedprocess_namegroup_num_procs',
  cadvisor: 'container_memory_working_set_bytes',
  blackbox: 'probe_success',
  yace: 'yace_cloudwatch_requests_total',
};
