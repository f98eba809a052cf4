// Writes the chart's copies of rules and dashboards, and removes those that are no more: `npm run helm:build`.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CHART, chartFiles } from './chart-files.ts';

const folder = join(CHART, 'files');
const files = chartFiles();
rmSync(folder, { recursive: true, force: true });
for (const [path, text] of files) {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
process.stdout.write(`Wrote ${files.size} files to ${folder}\n`);
