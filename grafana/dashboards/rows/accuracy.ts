// Whether the forecasts can be believed: what earlier ones said, held against what came.
import { graph, property, table } from '../panel.ts';

const NOT_MEASURED = 'no forecast of this horizon is old enough to be held against what came';
/** This page reaches into the future, what was measured does not. */
const last = '6h';
const CHOSEN = 'signal=~".+",horizon=~"$horizon"';

export const accuracyRow = () => [coverage(), error(), naiveWins(), models(), modelsInUse()];

function coverage() {
  return graph({
    title: 'Calibration: how often the bands held',
    description:
      'Share of earlier forecasts whose band held the value that came. The line of a band should lie at its own name: 0.8 at 80 %, 0.95 at 95 %. Below it the bands promise too much, above it they are wider than they need be.',
    unit: 'percentunit',
    emptyWhen: NOT_MEASURED,
    queries: [
      {
        name: 'Coverage',
        legend: '{{signal}} {{level}}',
        expr: `guard_forecast_coverage_ratio{${CHOSEN}}`,
      },
    ],
    last,
    width: 8,
  }).max(1);
}

function error() {
  return graph({
    title: 'Error, relative to "it stays as it is"',
    description:
      'Mean absolute error of earlier forecasts, divided by that of the simplest forecast of all, that nothing changes (MASE). Below 1 the models earn their keep.',
    unit: 'short',
    emptyWhen: NOT_MEASURED,
    queries: [
      {
        name: 'Error',
        legend: '{{signal}}',
        expr: `guard_forecast_error{measure="mase",${CHOSEN}}`,
      },
    ],
    warnAt: 1,
    alarmAt: 1.5,
    last,
    width: 8,
  });
}

function naiveWins() {
  return graph({
    title: 'How often "it stays as it is" was nearer',
    description:
      'Share of earlier forecasts in which the simplest forecast was nearer to what came. Half is a draw; signals that hardly move are hard to beat.',
    unit: 'percentunit',
    emptyWhen: NOT_MEASURED,
    queries: [
      {
        name: 'Naive',
        legend: '{{signal}}',
        expr: `guard_forecast_naive_wins_ratio{${CHOSEN}}`,
      },
    ],
    warnAt: 0.5,
    alarmAt: 0.7,
    last,
    width: 8,
  }).max(1);
}

function models() {
  return table({
    title: 'Error by signal and model',
    description:
      'Which model was how right for which signal, worst first: error relative to "it stays as it is" (MASE), relative to the value (MAPE), in the signal’s own unit (RMSE).',
    unit: 'short',
    emptyWhen: NOT_MEASURED,
    queries: ['mase', 'mape', 'rmse'].map((measure) => ({
      name: measure,
      expr: `max by (signal, model) (guard_forecast_model_error{measure="${measure}",${CHOSEN}})`,
      emptyWhen: 'its divisor is zero for all of them',
    })),
    columns: {
      signal: 'Signal',
      model: 'Model',
      'Value #mase': 'MASE',
      'Value #mape': 'MAPE',
      'Value #rmse': 'RMSE',
    },
    sortBy: { heading: 'MASE', descending: true },
    warnAt: 1,
    alarmAt: 1.5,
    last,
    width: 12,
  })
    .decimals(2)
    .overrideByName('MAPE', [property('unit', 'percentunit')]);
}

function modelsInUse() {
  return table({
    title: 'Which model forecasts what',
    description:
      'How many series of each signal each model forecasts at this moment, by horizon. Where several models compete, the one that was nearest in backtests on that very series is taken.',
    unit: 'short',
    emptyWhen: 'the analyzer has too little history yet to forecast anything',
    queries: [
      {
        name: 'Series',
        expr: 'count by (signal, horizon, model) (guard_forecast_model_info)',
      },
    ],
    columns: { signal: 'Signal', horizon: 'Horizon', model: 'Model', Value: 'Series' },
    sortBy: { heading: 'Series', descending: true },
    last,
    width: 12,
  });
}
