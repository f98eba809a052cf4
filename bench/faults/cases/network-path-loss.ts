// Fault: a fifth of the packets is lost each way; those that arrive are as fast as ever.
import type { FaultCase } from '../case.ts';
import { firstReason } from '../needs.ts';
import { FAR, path } from '../scenes/path.ts';

export const networkPathLoss: FaultCase = {
  name: 'network-path-loss',
  about: 'A fifth of the packets to and from a ping target is lost.',
  expected: { kind: 'network_path', blames: [{ target: FAR }, { group: FAR }] },
  scene: path,
  missing: () => firstReason(),
  async start(stage) {
    const { impair } = stage.controls(path);
    stage.onEnd(() => impair(0, 0));
    impair(0, 20);
  },
};
