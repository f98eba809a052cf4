// Fault: the same leak inside a runtime with a garbage collector, the one of the demonstration.
import { join } from 'node:path';
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';

const FILE = join(import.meta.dirname, '..', 'memory-leak.ts');

export const memoryLeakRuntime: FaultCase = {
  name: 'memory-leak-runtime',
  about: 'A Node.js program keeps 50 MB more every minute; its garbage collector runs in vain.',
  // The kernel keeps 15 characters of a name.
  expected: {
    kind: 'memory_leak',
    blames: [{ group: 'demo-memory-leak' }, { group: 'demo-memory-lea' }],
  },
  atLeastSeconds: 330,
  missing: () => firstReason(),
  async start(stage) {
    stage.run({ command: process.execPath, args: [FILE, '--rate=50', '--limit=2000'] });
  },
};
