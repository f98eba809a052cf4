// What a case needs the exporter to watch from the beginning: a ping target, a probe, a database; healthy until the fault.
import type { Stage } from './stage.ts';

/** Sections of exporter.yml that a scene adds to; lists of several scenes are joined. */
export interface WatchList {
  readonly pingTargets?: readonly string[];
  readonly probes?: readonly object[];
  readonly postgresql?: readonly object[];
}

export interface Scene<T> {
  readonly name: string;
  /** Why it cannot be set here; undefined when it can. */
  missing(): string | undefined;
  /** Sets the scene before the exporter starts. It stays until the end of the run. */
  open(stage: Stage): Promise<{ readonly controls: T; readonly watch: WatchList }>;
}

/** exporter.yml, which JSON is, too. Everything but the watched things has its default. */
export function renderExporterConfig(lists: readonly WatchList[]): string {
  return JSON.stringify({
    ping: { targets: ['127.0.0.1', ...lists.flatMap((list) => list.pingTargets ?? [])] },
    probe: { probes: lists.flatMap((list) => list.probes ?? []) },
    postgresql: lists.flatMap((list) => list.postgresql ?? []),
  });
}
