// Members that look at each series for itself: the mean squared deviation, of the moment and of the last few rows.
import type { Frame, Member } from './multivariate-member.ts';

export const deviation = deviationOf('deviation', ({ now }) => now);
export const smoothDeviation = deviationOf('smooth-deviation', ({ smooth }) => smooth);

function deviationOf(name: string, part: (frame: Frame) => Float64Array): Member {
  return {
    name,
    // The baseline already knows all that there is to know.
    fit: () => ({}),
    score: (_, frame) => {
      const row = part(frame);
      let sum = 0;
      for (let i = 0; i < row.length; i++) sum += row[i]! ** 2;
      return sum / row.length;
    },
    contributions: (_, frame) => part(frame).map((value) => value ** 2),
  };
}
