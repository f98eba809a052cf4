// Writes the reference of all configuration keys from the schemas: `npm run docs:build`.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, renderPage } from './pages.ts';

for (const page of PAGES) {
  const file = join(import.meta.dirname, page.file);
  writeFileSync(file, renderPage(page));
  process.stdout.write(`Wrote ${file}\n`);
}
