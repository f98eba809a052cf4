// The real thing around the cases: exporter, Prometheus with the project's rules, analyzer, as `npm start` runs them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getText } from '../../deploy/local/http.ts';
import { makePlan, type Urls } from '../../deploy/local/plan.ts';
import { createSupervisor } from '../../deploy/local/supervisor.ts';

const READY_PROBE_TIMEOUT_MS = 2_000;

export interface Rig {
  readonly urls: Urls;
  stop(): Promise<void>;
}

export interface RigOptions {
  readonly runFolder: string;
  readonly exporterConfig: string;
  readonly say: (line: string) => void;
}

/** Free ports on loopback, data in the run's folder. @throws when one of them does not become ready. */
export async function startRig({ runFolder, exporterConfig, say }: RigOptions): Promise<Rig> {
  const configFile = join(runFolder, 'exporter.yml');
  writeFileSync(configFile, exporterConfig);
  const ports = { 'prometheus.port': 0, 'alertmanager.port': 0, 'exporter.port': 0 };
  const flags = { ...ports, 'analyzer.port': 0, 'data.dir': join(runFolder, 'rig') };
  const { specs, urls } = await makePlan({ ...flags, bind: '127.0.0.1' }, say);
  const supervisor = createSupervisor({
    specs: specs.map((spec) =>
      spec.name === 'exporter'
        ? { ...spec, args: [...spec.args, `--config.file=${configFile}`] }
        : spec,
    ),
    say,
    isReady: (url) =>
      getText(url, { timeoutMs: READY_PROBE_TIMEOUT_MS }).then(
        () => true,
        () => false,
      ),
  });
  try {
    await supervisor.start(() => {});
  } catch (error) {
    await supervisor.stop();
    throw error;
  }
  return { urls, stop: () => supervisor.stop() };
}
