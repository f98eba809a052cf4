// guard-exporter: sees to it that the runtime is small, then hands over to command.ts.
import { runSmall } from './small-runtime.ts';

await runSmall({
  script: import.meta.filename,
  load: () => import('./command.ts'),
  run: ({ runExporter }) => runExporter(process.argv),
});
