// The life of one process: start, reload on SIGHUP, stop on SIGINT and SIGTERM, and no exit without a reason.
import { ConfigError } from './config-error.ts';
import type { Logger } from './log.ts';

const STOP_TIMEOUT_MS = 4_000;

export interface App {
  start(): Promise<void>;
  stop(): Promise<void>;
  reload(): Promise<void>;
}

/** Runs an app until a signal ends it. A configuration error is printed as it is and exits 1. */
export async function run(createApp: () => App | Promise<App>, log: Logger): Promise<void> {
  try {
    const started = start(createApp);
    // From the first moment on: an app that is still starting may have started children already.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        started.then(
          (app) => stop(app, { signal, log }),
          () => {},
        );
      });
    }
    process.on('SIGHUP', () => {
      started
        .then((app) => app.reload())
        .catch((error: Error) => log.error({ err: error }, 'reload failed'));
    });
    await started;
  } catch (error) {
    exitUnstarted(error);
  }
}

/** Says why, and ends the process. */
export function exitUnstarted(error: unknown): never {
  const text =
    error instanceof ConfigError ? error.message : `Cannot start: ${(error as Error).message}`;
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

async function start(createApp: () => App | Promise<App>): Promise<App> {
  const app = await createApp();
  await app.start();
  return app;
}

async function stop(app: App, { signal, log }: { signal: string; log: Logger }): Promise<void> {
  log.info({ signal }, 'stopping');
  const force = setTimeout(() => {
    log.error({ timeoutMs: STOP_TIMEOUT_MS }, 'stop took too long, exiting');
    process.exit(1);
  }, STOP_TIMEOUT_MS);
  force.unref();
  try {
    await app.stop();
    process.exit(0);
  } catch (error) {
    log.error({ err: error }, 'stop failed');
    process.exit(1);
  }
}
