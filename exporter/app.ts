// The exporter as a value: collectors, scrape and HTTP service put together, with a reload that builds first and swaps last.
import { createHttpService, type ListenAddress } from '../service/http-service.ts';
import type { Logger } from '../service/log.ts';
import type { App } from '../service/run.ts';
import { createSelfMetrics } from '../service/self-metrics.ts';
import type { WebSecurity, WebSecurityOptions } from '../service/web-security.ts';
import { createBudget } from './budget.ts';
import { createCollectors, type Host, type NamedCollector } from './collectors/list.ts';
import { profilerOf } from './collectors/perf/perf.ts';
import { createProcessDirectory } from './collectors/process/directory.ts';
import type { ExporterConfig } from './config.ts';
import { readConfig } from './config-reader.ts';
import { createFlamegraphRoutes } from './flamegraph.ts';
import { createRenderer } from './promformat/render.ts';
import { createScraper, type Scrape } from './scrape.ts';
import { createHostFiles, type HostPaths } from './sources/host-files.ts';
import { createPerfRecorder } from './sources/perf-record.ts';

const FIRST_COLLECTION_RETRY_MS = 1_000;

export interface ExporterOptions {
  readonly configFile?: string | undefined;
  readonly listen: ListenAddress;
  readonly webConfigFile?: string | undefined;
  readonly paths: HostPaths;
  readonly processBackend: Host['processBackend'];
  /** Opens /debug/flamegraph without perf.record.enabled. */
  readonly enableDebug?: boolean;
}

/** The logger, and what stands for parts of the real host in tests. */
export type ExporterDeps = Omit<Host, 'files' | 'processBackend' | 'processes'> & {
  readonly log: Logger;
};

export interface ExporterApp extends App {
  start(): Promise<void>;
  /** Where it listens, once it is started. */
  address(): ListenAddress | undefined;
}

interface Setup {
  readonly recordsPerf: boolean;
  readonly collectors: readonly NamedCollector[];
  readonly scrape: Scrape;
  readonly render: ReturnType<typeof createRenderer>;
}

/** Reads the configuration and builds the exporter. @throws {ConfigError} when the configuration has problems. */
export async function createApp(
  options: ExporterOptions,
  deps: ExporterDeps,
): Promise<ExporterApp> {
  const { log, ...fakes } = deps;
  const host: Host = {
    files: createHostFiles(options.paths),
    processBackend: options.processBackend,
    processes: createProcessDirectory(),
    perfRecorder: createPerfRecorder(),
    log,
    ...fakes,
  };
  const selfMetrics = createSelfMetrics('guard_exporter');
  const stopping = new AbortController();
  const { signal } = stopping;
  let setup = createSetup({ host, log, config: await readConfig(options.configFile) }, []);
  selfMetrics.configLoaded(true);
  let notReady: string | undefined = 'The first collection is not done yet';
  let address: ListenAddress | undefined;
  let retry: NodeJS.Timeout | undefined;
  let reloading: Promise<void> = Promise.resolve();

  const collect = async (names: readonly string[], signal: AbortSignal) => {
    const { families, collected } = await setup.scrape(names, signal);
    if (collected > 0) notReady = undefined;
    return families;
  };
  const collectFirst = async (): Promise<void> => {
    await collect([], new AbortController().signal);
    if (notReady === undefined) return;
    notReady = 'No collector could read anything, see guard_collector_unavailable';
    retry = setTimeout(() => void collectFirst(), FIRST_COLLECTION_RETRY_MS).unref();
  };
  const swap = async (): Promise<void> => {
    const old = setup.collectors;
    try {
      const config = await readConfig(options.configFile, { signal });
      setup = createSetup({ host, log, config }, old);
    } catch (error) {
      selfMetrics.configLoaded(false);
      throw error;
    }
    selfMetrics.configLoaded(true);
    await stopAll(old.filter((entry) => !setup.collectors.includes(entry)));
    startAll(setup.collectors.filter((entry) => !old.includes(entry)));
    log.info({ configFile: options.configFile }, 'configuration reloaded');
  };
  const reload = (): Promise<void> => {
    reloading = reloading.catch(() => {}).then(swap);
    return reloading;
  };
  const service = createHttpService({
    title: 'Latency Guard exporter',
    description: 'Metrics of this host and its process groups for Prometheus.',
    listen: options.listen,
    security: await loadWebSecurity(options.webConfigFile, {
      log,
      registry: selfMetrics.registry,
      prefix: 'guard_exporter',
    }),
    log,
    routes: createFlamegraphRoutes({
      profiler: profilerOf(host),
      enabled: () => options.enableDebug === true || setup.recordsPerf,
      log,
    }),
    notReady: () => notReady,
    reload,
    metrics: async ({ collect: names, signal }) =>
      setup.render(await collect(names, signal), await selfMetrics.registry.metrics()),
  });
  return {
    async start() {
      address = await service.start();
      startAll(setup.collectors);
      log.info({ ...address }, 'listening');
      void collectFirst();
    },
    async stop() {
      clearTimeout(retry);
      stopping.abort();
      await reloading.catch(() => {});
      await Promise.all([service.stop(), stopAll(setup.collectors)]);
    },
    reload,
    address: () => address,
  };
}

/** Most have no such file, and zod and a YAML parser take memory. */
async function loadWebSecurity(
  file: string | undefined,
  options: WebSecurityOptions,
): Promise<WebSecurity | undefined> {
  if (file === undefined) return undefined;
  const { createWebSecurity } = await import('../service/web-security.ts');
  return createWebSecurity(file, options);
}

interface SetupOptions {
  readonly host: Host;
  readonly log: Logger;
  readonly config: ExporterConfig;
}

function createSetup(options: SetupOptions, running: readonly NamedCollector[]): Setup {
  const { host, log, config } = options;
  const { collectors: enabled, timeouts, budget, ...sections } = config;
  const collectors = createCollectors(host, { ...sections, ...enabled }, running);
  return {
    recordsPerf: sections.perf.record.enabled,
    render: createRenderer(),
    collectors,
    scrape: createScraper({
      collectors: collectors.map(({ collector }) => collector),
      timeoutMs: timeouts.collector * 1000,
      log,
      budget: createBudget({ cpuRatio: budget.cpu_ratio, cpuClock, clock, log }),
    }),
  };
}

function cpuClock(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function clock(): number {
  return performance.now() / 1000;
}

function startAll(collectors: readonly NamedCollector[]): void {
  for (const { collector } of collectors) collector.start?.();
}

async function stopAll(collectors: readonly NamedCollector[]): Promise<void> {
  await Promise.all(collectors.map(({ collector }) => collector.stop?.()));
}
