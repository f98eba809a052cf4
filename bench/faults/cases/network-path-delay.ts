// Fault: the way to a target takes 150 ms longer, as after a detour; nothing is lost and no link is full.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';
import { FAR, path } from '../scenes/path.ts';

export const networkPathDelay: FaultCase = {
  name: 'network-path-delay',
  about: 'The round trip to a ping target rises from under 1 ms to 300 ms.',
  expected: { kind: 'network_path', blames: [{ target: FAR }, { group: FAR }] },
  scene: path,
  missing: () => firstReason(),
  async start(stage) {
    const { impair } = stage.controls(path);
    stage.onEnd(() => impair(0, 0));
    impair(150, 0);
  },
};
