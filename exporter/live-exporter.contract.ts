// The exporter on the real host, inside a test: started on a free port, scraped, stopped.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../service/log.ts';
import { createApp } from './app.ts';

/** Scrapes closer together than 0.2 s are told the same reading, the very first one included. */
const READING_GAP_MS = 250;
const PATHS = { procfs: '/proc', sysfs: '/sys', rootfs: '/' };

export interface LiveExporter {
  /** The metrics of these collectors, as text, of a reading that begins after the call. */
  scrape(...collectors: readonly string[]): Promise<string>;
  stop(): Promise<void>;
}

/** @param yaml its configuration */
export async function startLiveExporter(yaml: string): Promise<LiveExporter> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-live-'));
  const configFile = join(folder, 'exporter.yml');
  writeFileSync(configFile, yaml);
  const log = createLogger({ name: 'test', level: 'error', format: 'json' });
  const listen = { host: '127.0.0.1', port: 0 };
  const app = await createApp(
    { configFile, listen, paths: PATHS, processBackend: 'procfs' },
    { log },
  );
  await app.start();
  return {
    async scrape(...collectors) {
      await sleep(READING_GAP_MS);
      const query = collectors.map((name) => `collect[]=${name}`).join('&');
      const response = await fetch(`http://127.0.0.1:${app.address()?.port}/metrics?${query}`);
      const text = await response.text();
      assert.equal(response.status, 200, text);
      return text;
    },
    async stop() {
      await app.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

/** The value of the one sample whose line begins so, as `guard_load1` or `guard_x_total{group="a",mode="user"}`. */
export function sampleValue(text: string, series: string): number | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
