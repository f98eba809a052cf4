// The interfaces of the models: fit gives a fitted model, which predicts any number of steps.
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import { calibratedErrors, intervalsAround } from './intervals.ts';
import type { Model } from './model.ts';
import { frameOf, prepare } from './prepare.ts';

/** Steps ahead that one forecast may have. */
export const MAX_STEPS = 1000;

/** What the product works with: any history in, a forecast or the reason for none out; never throws. */
export interface Forecaster {
  /** Unique in the list, such as `arima(0,1,1)`. */
  readonly name: string;
  fit(history: Series): Fitted | NoForecast;
}

export interface Fitted {
  /** `levels` are nominal coverages in (0, 1), such as 0.8. */
  predict(steps: number, levels: readonly number[]): Forecast | NoForecast;
}

/** A model as a forecaster: the history is cleaned and scaled before it, and the answer scaled back. */
export function createForecaster(model: Model): Forecaster {
  return {
    name: model.name,
    fit(history) {
      const prepared = prepare(history);
      if ('reason' in prepared) return prepared;
      const fitted = model.fit(prepared.values, frameOf(prepared));
      if (fitted === undefined) return failed(`${model.name} has no answer for this history`);
      return {
        predict(steps, levels) {
          const wrong = wrongRequest(steps, levels);
          if (wrong !== undefined) return failed(wrong);
          const path = fitted.predict(steps);
          if (path === undefined) return failed(`${model.name} gave no plausible path`);
          const errors = calibratedErrors(path, undefined);
          return intervalsAround({ model, path, errors, prepared, levels });
        },
      };
    },
  };
}

/** What is wrong with the request, if anything. */
export function wrongRequest(steps: number, levels: readonly number[]): string | undefined {
  if (!Number.isInteger(steps) || steps < 1 || steps > MAX_STEPS)
    return `a forecast of ${steps} steps: expected an integer from 1 to ${MAX_STEPS}`;
  const level = levels.find((candidate) => !(candidate > 0 && candidate < 1));
  return level === undefined ? undefined : `an interval of level ${level}: expected one in (0, 1)`;
}

export function failed(detail: string): NoForecast {
  return { reason: 'model_failed', detail };
}
