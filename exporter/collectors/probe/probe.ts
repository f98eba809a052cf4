// Dependencies as a client sees them, by HTTP, TCP and DNS; probed in the background, a scrape reads the last results.
import type { Logger } from '../../../service/log.ts';
import { counter, gauge, type MetricFamily, type Sample } from '../../promformat/family.ts';
import type { ProbeFailure } from '../../sources/probe-result.ts';
import { createProbeRunner, type RunProbe } from '../../sources/probe-run.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { ProbeConfig, ProbeSettings } from './config.ts';
import { createSchedule, type ScheduledJob } from './schedule.ts';
import { createProbeTally, failureSamples, type LastRun, type ProbeTally } from './tally.ts';

/** What stands for the network, chance and the clock in tests. */
export interface ProbeDeps {
  readonly run?: RunProbe;
  readonly random?: () => number;
  /** Unix seconds. */
  readonly wallClock?: () => number;
  readonly log?: Logger | undefined;
}

interface Probe {
  readonly settings: ProbeSettings;
  readonly tally: ProbeTally;
}

export function createProbeCollector(config: ProbeConfig, deps: ProbeDeps = {}): Collector {
  const { run = createProbeRunner(), random = Math.random, wallClock = unixSeconds } = deps;
  const probes = config.probes.map(
    (settings): Probe => ({ settings, tally: createProbeTally(settings.target.kind) }),
  );
  const jobs = probes.map((probe) => toJob(probe, { ...deps, run, wallClock }));
  const schedule = createSchedule(jobs, { maxConcurrent: config.max_concurrent, random });
  return {
    name: 'probe',
    start: schedule.start,
    stop: schedule.stop,
    async collect(signal) {
      signal.throwIfAborted();
      if (probes.length === 0) throw new NoDataError('not_configured', 'probe.probes is empty');
      if (probes.every(({ tally }) => tally.runs() === 0)) {
        throw new NoDataError('not_run_yet', 'No probe has been run yet');
      }
      return [...lastRunFamilies(probes), ...countingFamilies(probes)];
    },
  };
}

type JobDeps = Required<Pick<ProbeDeps, 'run' | 'wallClock'>> & Pick<ProbeDeps, 'log'>;

function toJob({ settings, tally }: Probe, deps: JobDeps): ScheduledJob {
  const { target, intervalSeconds, timeoutSeconds } = settings;
  return {
    intervalSeconds,
    async run(stop) {
      const result = await deps.run(target, timeoutSeconds, stop);
      if (stop.aborted) return;
      const before = tally.last()?.result.failure?.reason;
      tally.add(result, deps.wallClock());
      if (result.failure?.reason !== before) logChange(settings, result.failure, deps.log);
    },
  };
}

/** A state is logged when it begins, not at every run. */
function logChange(probe: ProbeSettings, failure: ProbeFailure | undefined, log?: Logger): void {
  const fields = { probe: probe.name, target: probe.shown };
  if (failure === undefined) log?.info(fields, 'probe works again');
  else log?.warn({ ...fields, reason: failure.reason, err: failure.message }, 'probe failed');
}

function lastRunFamilies(probes: readonly Probe[]): MetricFamily[] {
  const last = (samples: (probe: string, run: LastRun) => readonly Sample[]): Sample[] =>
    probes.flatMap(({ settings, tally }) => {
      const run = tally.last();
      return run === undefined ? [] : samples(settings.name, run);
    });
  const one = (value: (run: LastRun) => number | undefined): Sample[] =>
    last((probe, run) => {
      const known = value(run);
      return known === undefined ? [] : [{ labels: { probe }, value: known }];
    });
  return [
    gauge(
      'guard_probe_success',
      'Whether the last run of the probe found everything as expected.',
      one(({ result }) => (result.failure === undefined ? 1 : 0)),
    ),
    gauge(
      'guard_probe_duration_seconds',
      'Seconds of the phases of the last run that were completed; total is the whole run, also of a failed one.',
      last((probe, { result }) =>
        [...result.seconds].map(([phase, value]) => ({ labels: { probe, phase }, value })),
      ),
    ),
    gauge(
      'guard_probe_http_status_code',
      'Status of the last HTTP answer in the last run.',
      one(({ result }) => result.statusCode),
    ),
    gauge(
      'guard_probe_tls_certificate_expiry_timestamp_seconds',
      "When the server's own certificate expires, also of one that is not trusted.",
      one(({ result }) => result.certificateExpirySeconds),
    ),
    gauge(
      'guard_probe_last_run_timestamp_seconds',
      'When the last run of the probe ended.',
      one(({ endedAtSeconds }) => endedAtSeconds),
    ),
  ];
}

function countingFamilies(probes: readonly Probe[]): MetricFamily[] {
  const labelsOf = ({ settings: { name, target, shown } }: Probe) => ({
    probe: name,
    kind: target.kind,
    target: shown,
  });
  return [
    counter(
      'guard_probe_runs_total',
      'Runs of the probe.',
      probes.map(({ settings, tally }) => ({
        labels: { probe: settings.name },
        value: tally.runs(),
      })),
    ),
    counter(
      'guard_probe_failures_total',
      'Runs of the probe that failed, by reason.',
      probes.flatMap(({ settings, tally }) => failureSamples(settings.name, tally)),
    ),
    {
      name: 'guard_probe_total_seconds',
      help: 'Seconds that successful runs took; a run that timed out counts too, other failures do not.',
      type: 'histogram',
      samples: probes.flatMap(({ settings, tally }) =>
        tally.total.samples({ probe: settings.name }),
      ),
    },
    gauge(
      'guard_probe_info',
      'What is probed, without user, password and query; the value is always 1.',
      probes.map((probe) => ({ labels: labelsOf(probe), value: 1 })),
    ),
  ];
}

function unixSeconds(): number {
  return Date.now() / 1000;
}
