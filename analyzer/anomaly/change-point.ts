// Change point, online: the level of the last dozens of samples is no longer that of the last thousand.
import { shiftDetector } from './shift.ts';

export const changePoint = shiftDetector({
  name: 'change-point',
  recent: 24,
  memory: 1000,
  minSamples: 60,
  edgeSpreads: 2.4,
});
