// The exporters whose hosts are written down. A host that runs several of them is there once for each.
import { latencyGuard } from './latency-guard.ts';
import { nodeExporter } from './node-exporter.ts';
import type { InventorySource } from './source.ts';

export const INVENTORY_SOURCES: readonly InventorySource[] = [latencyGuard, nodeExporter];
