// What the analyzer says of itself: cycles, series, alerts, through prom-client, beside the results.
import { Counter, Gauge, type Registry } from 'prom-client';
import type { OutboxReport } from './alerts/outbox.ts';
import type { StepReport } from './inventory/inventory.ts';
import type { ForecastLoad } from './pipeline/refresh-forecasts.ts';
import type { Snapshot } from './pipeline/state.ts';

export interface AnalyzerMetrics {
  cycleDone(snapshot: Snapshot): void;
  alertsSent(report: OutboxReport): void;
  forecastsRefreshed(load: ForecastLoad): void;
  inventoryWritten(report: StepReport): void;
  inventoryFailed(reason: string): void;
}

export function registerAnalyzerMetrics(registry: Registry): AnalyzerMetrics {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const counter = (name: string, help: string, labelNames: readonly string[] = []) =>
    new Counter({ name, help, labelNames, registers });
  const duration = gauge('guard_analyzer_cycle_duration_seconds', 'How long the last cycle took.');
  const last = gauge(
    'guard_analyzer_last_cycle_timestamp_seconds',
    'Unix time of the last cycle that read features.',
  );
  const series = gauge('guard_analyzer_series_read', 'Series that the last cycle read.');
  const groups = gauge('guard_analyzer_groups', 'Process groups that the last cycle judged.');
  const cycles = counter('guard_analyzer_cycles_total', 'Cycles by outcome.', ['outcome']);
  const sent = counter('guard_analyzer_alerts_sent_total', 'Alerts taken by an Alertmanager.');
  const failed = counter(
    'guard_analyzer_alerts_failed_total',
    'Alerts that an Alertmanager did not take; they are sent again.',
  );
  const waiting = gauge(
    'guard_analyzer_forecasts_waiting',
    'Series whose model waits to be fitted again, for lack of CPU budget.',
  );
  const lag = gauge(
    'guard_analyzer_forecast_lag_seconds',
    'How far the most overdue forecast is behind; 0 when all are in time.',
  );
  const modelCpu = gauge(
    'guard_analyzer_forecast_cpu_seconds',
    'CPU time that the forecasting models have used since the configuration was loaded.',
  );
  return {
    ...registerInventoryMetrics(registry),
    forecastsRefreshed({ waiting: count, lagSeconds, cpuSeconds }) {
      waiting.set(count);
      lag.set(lagSeconds);
      modelCpu.set(cpuSeconds);
    },
    cycleDone(snapshot) {
      cycles.inc({ outcome: snapshot.outcome ?? 'failed' });
      duration.set(snapshot.durationSeconds);
      series.set(snapshot.seriesRead);
      groups.set(snapshot.groups);
      if (snapshot.lastCycle !== undefined) last.set(snapshot.lastCycle);
    },
    alertsSent({ results, alerts }) {
      for (const { error } of results) (error === undefined ? sent : failed).inc(alerts);
    },
  };
}

function registerInventoryMetrics(registry: Registry) {
  const registers = [registry];
  const rows = new Counter({
    name: 'guard_analyzer_inventory_rows_total',
    help: 'Minutes of hosts that were written into PostgreSQL.',
    registers,
  });
  const through = new Gauge({
    name: 'guard_analyzer_inventory_through_timestamp_seconds',
    help: 'Unix time of the last minute that is in PostgreSQL.',
    labelNames: ['source'],
    registers,
  });
  const failures = new Counter({
    name: 'guard_analyzer_inventory_failures_total',
    help: 'Steps of the inventory that failed; what they missed is caught up on.',
    labelNames: ['reason'],
    registers,
  });
  return {
    inventoryWritten(report: StepReport) {
      rows.inc(report.rows);
      for (const [source, time] of Object.entries(report.through)) through.set({ source }, time);
    },
    inventoryFailed: (reason: string) => failures.inc({ reason }),
  };
}
