// Writes alerts.yml from rules/source and thresholds.yml: `npm run rules:build`; other thresholds and another output as arguments.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readAlertSources } from './alert-source.ts';
import { renderAlerts } from './alerts-file.ts';
import { readThresholds } from './thresholds.ts';

const [thresholds, output = join(import.meta.dirname, 'alerts.yml')] = process.argv.slice(2);
try {
  writeFileSync(output, renderAlerts(readAlertSources(), readThresholds(thresholds)));
  process.stdout.write(`Wrote ${output}\n`);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
