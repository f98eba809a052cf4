// Fault: an HTTP dependency that answers after 2 s instead of 5 ms.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';
import { dependency, HEALTHY_MS } from '../scenes/dependency.ts';

export const dependencySlow: FaultCase = {
  name: 'dependency-slow',
  about: 'A probed HTTP dependency answers correctly, but after 2 s.',
  expected: { kind: 'dependency_slow', blames: [{ probe: 'shop' }, { group: 'shop' }] },
  scene: dependency,
  missing: () => firstReason(),
  async start(stage) {
    const { answerAfter } = stage.controls(dependency);
    stage.onEnd(() => answerAfter(HEALTHY_MS));
    answerAfter(2_000);
  },
};
