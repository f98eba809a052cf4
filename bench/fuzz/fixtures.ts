// Where the exporter's recorded files are.
import { join } from 'node:path';

export const FIXTURES = join(import.meta.dirname, '..', '..', 'exporter', 'fixtures');
