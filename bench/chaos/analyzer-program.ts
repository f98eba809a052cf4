// The analyzer as a program whose clock can be set from outside: everything else is what `npm run analyzer` runs.
import { parseArgs } from 'node:util';
import { createApp } from '../../analyzer/app.ts';
import { createLogger } from '../../service/log.ts';
import { run } from '../../service/run.ts';

const { values: flags } = parseArgs({
  options: {
    config: { type: 'string' },
    storage: { type: 'string' },
    port: { type: 'string' },
  },
});
let offsetSeconds = 0;
process.on('message', (message: { offsetSeconds: number }) => {
  offsetSeconds = message.offsetSeconds;
});
// It ends with who started it, however that ends.
process.on('disconnect', () => process.exit(1));

const log = createLogger({ name: 'analyzer', level: 'info', format: 'logfmt' });
await run(
  () =>
    createApp(
      {
        configFile: flags.config,
        overrides: {
          prometheusUrl: undefined,
          alertmanagerUrls: undefined,
          cycleInterval: undefined,
        },
        listen: { host: '127.0.0.1', port: Number(flags.port) },
        storagePath: flags.storage,
      },
      {
        log,
        clock: () => Date.now() / 1000 + offsetSeconds,
        monotonic: () => performance.now() / 1000,
      },
    ),
  log,
);
