// What the live forecasts expect of a series at a moment: the widest interval of the shortest horizon that reaches it.
import type { Expectation } from '../anomaly/detector.ts';
import { labelsKey } from '../series/labels.ts';
import type { WatchedSeries } from './series-watch.ts';
import type { SignalForecast } from './state.ts';

export function createForecastBands(forecasts: readonly SignalForecast[]) {
  const byKey = Map.groupBy(forecasts, ({ signal, labels }) => `${signal}${labelsKey(labels)}`);
  for (const list of byKey.values()) list.sort((a, b) => a.horizon - b.horizon);
  return ({ key }: Pick<WatchedSeries, 'key'>, at: number): Expectation | undefined => {
    for (const { forecast, end, step } of byKey.get(key) ?? []) {
      const index = Math.round((at - end) / step) - 1;
      const wide = forecast.intervals.at(-1);
      const median = forecast.median[index];
      if (wide === undefined || median === undefined) continue;
      return { median, lower: wide.lower[index]!, upper: wide.upper[index]! };
    }
    return undefined;
  };
}
