// Everything that a case needs, real where it can be: a Prometheus that scrapes a made-up host, a front before it, an analyzer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { endChild } from '../../service/restarting-child.ts';
import { type AlertBook, startAlertBook } from './alert-book.ts';
import { type AnalyzerChild, startAnalyzer } from './analyzer-child.ts';
import { type Front, startFront } from './front.ts';
import { freePort, HOG, type MadeUpHost, startHost } from './made-up-host.ts';

const RECORDING = join(import.meta.dirname, '..', '..', 'rules', 'recording.yml');
const START_TIMEOUT_MS = 90_000;
const POLL_MS = 100;
const MAX_WORDS = 4_000;

/** Of the analyzer under test; everything goes ten times as fast as it does by default. */
export const TIMES = { cycle: 1, resend: 2, prometheusTimeout: 2 } as const;

export interface World {
  readonly host: MadeUpHost;
  readonly front: Front;
  readonly book: AlertBook;
  readonly analyzer: AnalyzerChild;
  /** Base URL and process of the Prometheus behind the front. */
  readonly prometheus: { readonly url: string; readonly pid: number };
  /** The analyzer's folder. */
  readonly storage: string;
  end(): Promise<void>;
}

/** Resolves when the analyzer has alerted about the hog. @throws with everybody's last words when it does not. */
export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-chaos-'));
  const cleanUps: (() => Promise<void> | void)[] = [
    () => rmSync(folder, { recursive: true, force: true }),
  ];
  const end = async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  };
  const later = <T extends { close(): Promise<void> }>(one: T): T => {
    cleanUps.push(() => one.close());
    return one;
  };
  try {
    const host = later(await startHost());
    const prometheus = later(await startPrometheus(folder, host.port));
    const front = later(await startFront(prometheus.url));
    const book = later(await startAlertBook());
    const storage = join(folder, 'state');
    mkdirSync(storage);
    const config = writeConfig(folder, { prometheus: front.url, alertmanager: book.url });
    const analyzer = await startAnalyzer({ config, storage });
    cleanUps.push(() => analyzer.end());
    const alerted = await eventually(() => book.posts().length > 0, START_TIMEOUT_MS);
    if (!alerted) throw new Error(`No alert about ${HOG}: ${analyzer.log().slice(-MAX_WORDS)}`);
    return { host, front, book, analyzer, prometheus, storage, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function writeConfig(folder: string, urls: { prometheus: string; alertmanager: string }): string {
  const file = join(folder, 'analyzer.yml');
  const config = {
    prometheus: { url: urls.prometheus, timeout: `${TIMES.prometheusTimeout}s` },
    alertmanager: {
      urls: [urls.alertmanager],
      timeout: '1s',
      resend_interval: `${TIMES.resend}s`,
    },
    cycle_interval: `${TIMES.cycle}s`,
    findings: { hold: '2s', clear: '5s' },
  };
  writeFileSync(file, stringify(config));
  return file;
}

async function startPrometheus(folder: string, port: number) {
  const file = join(folder, 'prometheus.yml');
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [RECORDING],
    scrape_configs: [
      {
        job_name: 'latency-guard-exporter',
        static_configs: [{ targets: [`127.0.0.1:${port}`] }],
      },
    ],
  };
  writeFileSync(file, stringify(config));
  const listen = `127.0.0.1:${await freePort()}`;
  const data = join(folder, 'tsdb');
  const child = spawn(
    'prometheus',
    [`--config.file=${file}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${listen}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const gone = once(child, 'close');
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-MAX_WORDS);
  });
  const url = `http://${listen}`;
  const isReady = await eventually(async () => {
    const ready = await fetch(`${url}/-/ready`).catch(() => undefined);
    await ready?.text();
    return ready?.ok ?? false;
  }, START_TIMEOUT_MS);
  if (!isReady) {
    await endChild(child, gone);
    throw new Error(`Prometheus does not come up: ${words}`);
  }
  return { url, pid: child.pid ?? 0, close: () => endChild(child, gone, 5_000) };
}

/** False when it never came true in time. */
export async function eventually(
  holds: () => Promise<boolean> | boolean,
  timeoutMs: number,
): Promise<boolean> {
  const until = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > until) return false;
    await sleep(POLL_MS);
  }
  return true;
}
