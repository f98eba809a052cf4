// An HTTP dependency that is probed every 5 s, at the bench's scrape interval, and answers within 5 ms until told otherwise.
import { join } from 'node:path';
import { launchMissing } from '../program.ts';
import type { Scene } from '../scene.ts';

export interface DependencyControls {
  answerAfter(milliseconds: number): void;
}

export const HEALTHY_MS = 5;
export const dependency: Scene<DependencyControls> = {
  name: 'dependency',
  missing: launchMissing,
  async open(stage) {
    const file = join(import.meta.dirname, '..', 'programs', 'http-dependency.ts');
    const server = stage.run({ command: process.execPath, args: [file] });
    const url = `http://127.0.0.1:${await server.firstLine()}/`;
    const probe = { name: 'shop', interval: '5s', timeout: '5s', http: { url } };
    return {
      controls: { answerAfter: (milliseconds) => server.tell(`${milliseconds}`) },
      watch: { probes: [probe] },
    };
  },
};
