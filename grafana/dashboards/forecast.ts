// Forecasts: history joined to the future, when limits are crossed, and how right earlier forecasts were.
import {
  type Dashboard,
  DashboardLinkBuilder,
  DashboardLinkType,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { ahead, HORIZONS, viewUrl } from './links.ts';
import { page } from './page.ts';
import { accuracyRow } from './rows/accuracy.ts';
import { groupFutureRow, hostFutureRow } from './rows/future.ts';
import { runsOutNext } from './shared/outlook.ts';
import { alertMarks, findingMarks, singleChoice } from './variables.ts';

/** Latency Guard / Forecast. */
export function forecast(): Dashboard {
  return page({
    name: 'forecast',
    title: 'Forecast',
    description:
      'What is expected of hosts, file systems and process groups, with bands of 80 and 95 %, when limits are crossed, and how right earlier forecasts were. The graphs need the remote-read entry of prometheus.yml.',
    time: { from: 'now-10m', to: 'now+10m' },
    refresh: '30s',
    annotations: [findingMarks(), alertMarks()],
    variables: [
      singleChoice(
        'horizon',
        'Horizon',
        'label_values(guard_forecast_model_info, horizon)',
      ).current({
        selected: true,
        text: '10m',
        value: '10m',
      }),
      singleChoice('signal', 'Signal', 'label_values(guard_forecast_model_info, signal)'),
    ],
    future: true,
    links: HORIZONS.map(view),
    rows: {
      'When will it cross': () => [runsOutNext({ width: 24, last: '10m' })],
      'What hosts are heading for': hostFutureRow,
      'What process groups and other signals are heading for': groupFutureRow,
      'How right earlier forecasts were': accuracyRow,
    },
  });
}

/** Another horizon needs another time range: one click changes both. */
function view(horizon: (typeof HORIZONS)[number]): DashboardLinkBuilder {
  return new DashboardLinkBuilder(`Next ${horizon}`)
    .type(DashboardLinkType.Link)
    .icon('dashboard')
    .tooltip(`The past and the next ${horizon}`)
    .url(viewUrl('forecast', ['signal'], ahead(horizon)));
}
