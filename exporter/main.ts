// guard-exporter: sees to it that the runtime is small, then hands over to command.ts.
import { runSmall } from './small-runtime.ts';

await runSmall({
  script: import.meta.filename,
  load: () => import('./command.ts'),
  loadLater: () =>
    Promise.all([
      import('../service/web-security.ts'),
      import('../service/log-ecs.ts'),
      import('../service/log-file.ts'),
      import('./collectors/postgresql/rows.ts'),
      import('./flamegraph-query.ts'),
      import('./sources/kubelet-answer.ts'),
    ]),
  run: ({ runExporter }) => runExporter(process.argv),
});
