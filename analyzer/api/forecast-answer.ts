// The forecasts that the engine keeps fresh, as JSON, with how right such forecasts were.
import { toCrossings, toPaths } from '../pipeline/replay-answer.ts';
import type { ForecastAccuracy, SignalForecast, Snapshot } from '../pipeline/state.ts';

/** The selection of the built-in signals' forecasts; at most `max` of them. */
export function toSignalForecasts(
  { forecasts, accuracy, unavailable }: Snapshot,
  { signal, horizon, max }: { signal?: string; horizon?: number | undefined; max: number },
): Record<string, unknown> {
  const chosen = forecasts.filter(
    (one) =>
      (signal === undefined || one.signal === signal) &&
      (horizon === undefined || one.horizon === horizon),
  );
  return {
    forecasts: chosen.slice(0, max).map(toSignalForecast),
    total: chosen.length,
    accuracy: accuracy
      .filter((one) => signal === undefined || one.signal === signal)
      .map(toMeasured),
    unavailable: unavailable.filter(
      (one) => one.what === 'forecast' && (signal === undefined || one.signal === signal),
    ),
  };
}

function toSignalForecast(one: SignalForecast): Record<string, unknown> {
  const { signal, unit, labels, horizon, step, value, limit } = one;
  return {
    ...{ signal, unit, labels, horizon, step, value, limit: limit ?? null },
    forecast: toPaths(one),
    ...(limit === undefined ? {} : { timeToThreshold: toCrossings(one) }),
  };
}

function toMeasured({ signal, horizon, accuracy }: ForecastAccuracy): Record<string, unknown> {
  const byModel = [...(accuracy.byModel ?? [])].map(([model, own]) => ({
    model,
    ...toFigures(own),
  }));
  return { signal, horizon, ...toFigures(accuracy), byModel };
}

/** Measured on what was forecast earlier; null = cannot be computed. */
function toFigures(accuracy: ForecastAccuracy['accuracy']): Record<string, unknown> {
  return {
    outcomes: accuracy.outcomes,
    mase: orNull(accuracy.scaledError),
    mape: orNull(accuracy.percentageError),
    rmse: orNull(accuracy.rootMeanSquareError),
    naiveWinsRatio: orNull(accuracy.naiveWinsRatio),
    coverage: [...accuracy.coverage].map(([level, ratio]) => ({ level, ratio })),
  };
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
