// Series in which nothing is wrong, though much looks as if it were: what detectors are tested on.
import { createUniform } from '../math/uniform.ts';
import type { Sample } from './detector.ts';

const DAY = 86_400;
const HOUR = 3600;
/** Monday 23 March 2026, 00:00 UTC; Europe changes to summer time on Sunday 29 March, 01:00 UTC. */
export const START = 1_774_224_000;
const SUMMER_TIME = START + 6 * DAY + HOUR;

type Shape = (second: number, noise: number) => number;

/** So many days of a shape, at a step in seconds; the noise is uniform in ±1, seeded. */
function draw(shape: Shape, days: number, step: number): Sample[] {
  const random = createUniform(7);
  return Array.from({ length: (days * DAY) / step }, (_, i) => ({
    time: START + i * step,
    value: shape(i * step, 2 * random() - 1),
  }));
}

/** A day as offices have it: most at 15:00, least at 03:00. */
const daily: Shape = (second, noise) =>
  100 + 40 * Math.sin(((second / HOUR - 9) / 12) * Math.PI) + 4 * noise;

/** The same by the local clock of Europe/Berlin, which goes from UTC+1 to UTC+2. */
function dstDay(step: number): Sample[] {
  return draw(() => 0, 10, step).map(({ time }, i) => {
    const utcOffset = time < SUMMER_TIME ? HOUR : 2 * HOUR;
    const noise = Math.sin(i * 12.9898) * 0.9;
    return { time, utcOffset, value: daily(time + utcOffset - START, noise) };
  });
}

function counterReset(step: number): Sample[] {
  let total = 0;
  return draw((_second, noise) => noise, 10, step).map(({ time, value }, i, all) => {
    const restarts = i === Math.floor(all.length * 0.6) || i === Math.floor(all.length * 0.8);
    total = (restarts ? 0 : total) + (50 + 10 * value) * step;
    return { time, value: total };
  });
}

function withGap(step: number): Sample[] {
  const isMissing = (second: number) => second > 5 * DAY && second < 5.5 * DAY;
  return draw(daily, 10, step).filter(({ time }) => !isMissing(time - START));
}

/** A process that fills its caches for two days after its start, and then stays. */
const warmUp: Shape = (second, noise) => 500 * (1 - Math.exp(-second / (10 * HOUR))) + 3 * noise;

/** Garbage collection: rises for 100 minutes, falls at once. */
const sawTooth: Shape = (second, noise) => 200 + ((second % 6000) / 6000) * 300 + 2 * noise;

/** Name → samples at this step; none of them holds an anomaly. */
export function hardSeries(step: number): Readonly<Record<string, readonly Sample[]>> {
  return {
    'flat zero': draw(() => 0, 10, step),
    'constant 42.5': draw(() => 42.5, 10, step),
    'constant 0.1, rounding': draw((_second, noise) => 0.1 + 1e-13 * noise, 10, step),
    'saw-tooth': draw(sawTooth, 10, step),
    'counter that begins again': counterReset(step),
    'the day that clocks change': dstDay(step),
    'half a day missing': withGap(step),
    'not a number for half a day': draw(daily, 10, step).map((sample, i, all) =>
      i > all.length / 2 && i < all.length / 2 + DAY / 2 / step
        ? { ...sample, value: Number.NaN }
        : sample,
    ),
    '48 hours of warming up': draw(warmUp, 6, step),
    'an ordinary week': draw(daily, 10, step),
  };
}
