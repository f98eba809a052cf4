// When which resource runs out, for every dashboard that looks ahead.
import { TableCellDisplayMode } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { ahead, clicks, HORIZONS, ROW_HOST, UNTIL_NOW } from '../links.ts';
import { property, table } from '../panel.ts';
import { HOST } from '../query.ts';
import { hostClick } from './findings.ts';

const HOUR = 3600;
const DAY = 24 * HOUR;

interface Outlook {
  readonly width: number;
  readonly which?: string;
  readonly last?: string;
}

/** What crosses its limit within its horizon; `which` narrows it, such as to the chosen groups. */
export function runsOutNext({ width, which = HOST, last }: Outlook) {
  return table({
    title: 'What runs out next',
    description:
      'When a forecast value crosses its limit, soonest first. "At the earliest" holds in nine of ten cases; "Most likely" is the middle of the forecast and empty when that middle stays below the limit.',
    unit: 's',
    emptyWhen:
      'no forecast reaches its limit within its horizon, or there is too little history yet',
    queries: [
      { name: 'Early', expr: soonest('0.1', which) },
      {
        name: 'Likely',
        expr: soonest('0.5', which),
        emptyWhen: 'only the pessimistic edge crosses',
      },
      {
        name: 'Date',
        expr: `(time() + ${soonest('0.5', which)}) * 1000`,
        emptyWhen: 'Likely is',
      },
    ],
    columns: {
      signal: 'What',
      group: 'Group',
      mountpoint: 'File system',
      instance: 'Host',
      // Grafana numbers the value columns only when more than one query answers.
      Value: 'At the earliest',
      'Value #Early': 'At the earliest',
      'Value #Likely': 'Most likely',
      'Value #Date': 'That is at',
    },
    sortBy: { heading: 'At the earliest', descending: false },
    width,
    ...(last !== undefined && { last }),
  })
    .overrideByRegexp('At the earliest|Most likely', [soonIsRed(), ...colouredText()])
    .overrideByName('That is at', [property('unit', 'dateTimeAsLocal')])
    .overrideByName('What', [toForecast()])
    .overrideByName('Host', [hostClick(last === undefined ? undefined : UNTIL_NOW)]);
}

/** Seconds until the limit, without the label that tells the quantiles apart, so that rows can be joined. */
function soonest(quantile: '0.1' | '0.5', which: string): string {
  const finite = `guard_time_to_threshold_seconds{quantile="${quantile}",${which}} < Inf`;
  return `min by (signal, group, mountpoint, instance) (${finite})`;
}

function toForecast(): DynamicConfigValue {
  const set = { ...ROW_HOST, signal: '__data.fields.What' };
  return clicks(
    ...HORIZONS.map((horizon) => ({
      title: `See its forecast: next ${horizon}`,
      to: 'forecast' as const,
      set,
      time: ahead(horizon),
    })),
  );
}

function colouredText(): DynamicConfigValue[] {
  return [property('custom.cellOptions', { type: TableCellDisplayMode.ColorText })];
}

function soonIsRed(): DynamicConfigValue {
  return property('thresholds', {
    mode: 'absolute',
    steps: [
      { value: null, color: 'red' },
      { value: HOUR, color: 'orange' },
      { value: DAY, color: 'green' },
    ],
  });
}
