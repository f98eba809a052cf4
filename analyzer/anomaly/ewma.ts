// EWMA control chart (Roberts 1959): a short exponentially weighted mean that leaves the level of the last hundreds of samples.
import { shiftDetector } from './shift.ts';

export const ewma = shiftDetector({
  name: 'ewma',
  recent: 8,
  memory: 300,
  minSamples: 30,
  edgeSpreads: 2.4,
});
