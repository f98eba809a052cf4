// Writes every dashboard of the list as JSON: npm run grafana:build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toJson } from './json.ts';
import { DASHBOARDS } from './list.ts';

for (const [file, build] of Object.entries(DASHBOARDS)) {
  writeFileSync(join(import.meta.dirname, 'json', file), toJson(build()));
  process.stdout.write(`grafana/dashboards/json/${file}\n`);
}
