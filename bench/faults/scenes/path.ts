// A ping target at the other end of a link of our own, without delay or loss until told otherwise.
import { existsSync } from 'node:fs';
import { noNamespace } from '../needs.ts';
import { launchMissing } from '../program.ts';
import type { Scene } from '../scene.ts';

/** Addresses for benchmarks (RFC 2544, appendix C.2.2). */
const NEAR = '198.18.2.1';
export const FAR = '198.18.2.2';

export interface PathControls {
  /** Each way; the round trip takes twice the delay. */
  impair(delayMs: number, lossPercent: number): void;
}

export const path: Scene<PathControls> = {
  name: 'path',
  missing: () => launchMissing() ?? noNamespace() ?? noTun(),
  async open(stage) {
    const link = stage.runOwn('network-path', [NEAR, FAR]);
    await link.firstLine();
    return {
      controls: { impair: (delayMs, lossPercent) => link.tell(`${delayMs} ${lossPercent}`) },
      watch: { pingTargets: [FAR] },
    };
  },
};

function noTun(): string | undefined {
  return existsSync('/dev/net/tun') ? undefined : 'no /dev/net/tun: modprobe tun';
}
