// A value outside the calibrated interval of its forecast.
import { type Detector, judgeBand, NO_OPINION } from './detector.ts';

export const forecastBand: Detector = {
  name: 'forecast-band',
  stateLength: 0,
  judge(_state, { value, forecast }) {
    if (forecast === undefined || Number.isNaN(value)) return NO_OPINION;
    const { median, lower, upper } = forecast;
    const isUsable = lower <= median && median <= upper && upper - lower < Infinity;
    return isUsable ? judgeBand(value, forecast) : NO_OPINION;
  },
};
