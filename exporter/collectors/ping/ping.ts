// Round-trip time and loss to some targets, by one long-lived ping child each.
import { counter, gauge, type MetricFamily, type Sample } from '../../promformat/family.ts';
import { createPingSource } from '../../sources/ping.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { PingConfig } from './config.ts';
import { createPingSelfCheck } from './self-check.ts';
import type { PingTally } from './tally.ts';
import { type CreatePingSource, createPingTarget, type PingTarget } from './target.ts';

export type { CreatePingSource } from './target.ts';

const CHECK_INTERVAL_MS = 5_000;
/** So many children are started at once, the next ones a little later: 200 within 1.3 s, with their packets spread alike. */
const START_BATCH = 8;
const START_GAP_MS = 50;

/** What stands for the clock in tests. */
export interface PingDeps {
  /** Monotonic seconds. */
  readonly clock?: () => number;
  readonly checkIntervalMs?: number;
}

/** @param createSource stands for the real ping in tests. */
export function createPingCollector(
  config: PingConfig,
  createSource: CreatePingSource = createPingSource,
  { clock = monotonicSeconds, checkIntervalMs = CHECK_INTERVAL_MS }: PingDeps = {},
): Collector {
  const targets = config.targets.map(({ name, address, ipVersion }) =>
    createPingTarget(
      {
        name,
        address,
        ipVersion,
        intervalSeconds: config.interval,
        resolveSeconds: config.resolve_interval,
      },
      { createSource, clock },
    ),
  );
  const selfCheck = createPingSelfCheck(targets, { createSource, clock });
  const timers = new Set<NodeJS.Timeout>();
  const check = (): void => {
    for (const target of targets) target.check();
    selfCheck.check();
  };
  return {
    name: 'ping',
    start() {
      for (const [index, target] of targets.entries()) {
        const delayMs = Math.floor(index / START_BATCH) * START_GAP_MS;
        if (delayMs === 0) target.start();
        else timers.add(setTimeout(target.start, delayMs).unref());
      }
      timers.add(setInterval(check, checkIntervalMs).unref());
    },
    async collect(signal) {
      signal.throwIfAborted();
      if (targets.length === 0) throw new NoDataError('not_configured', 'ping.targets is empty');
      if (targets.every(({ tally }) => tally.reason() === 'not_installed')) {
        throw new NoDataError('not_installed', 'Cannot run ping: install iputils-ping');
      }
      return [
        ...countingFamilies(targets),
        ...stateFamilies(targets),
        gauge(
          'guard_ping_self_check_success',
          'Whether ping itself works: 1 while a target or, when none does, loopback answers; at 0 do not believe the loss.',
          selfCheck.success(),
        ),
      ];
    },
    async stop() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all([selfCheck.stop(), ...targets.map((target) => target.stop())]);
    },
  };
}

function countingFamilies(targets: readonly PingTarget[]): MetricFamily[] {
  const measured = targets.filter(({ tally }) => tally.hasData());
  const values = (value: (tally: PingTally) => number): Sample[] =>
    measured.map(({ name, tally }) => ({ labels: { target: name }, value: value(tally) }));
  return [
    {
      name: 'guard_ping_rtt_seconds',
      help: 'Round-trip time of ICMP echo requests.',
      type: 'histogram',
      samples: measured.flatMap(({ name, tally }) => tally.rtt.samples({ target: name })),
    },
    counter(
      'guard_ping_sent_total',
      'Echo requests sent; one in flight is not counted until it is answered or the next one is sent.',
      values((tally) => tally.sent()),
    ),
    counter(
      'guard_ping_received_total',
      'Echo requests answered, without duplicates.',
      values((tally) => tally.received()),
    ),
    counter(
      'guard_ping_duplicates_total',
      'Answers that came more than once.',
      values((tally) => tally.duplicates()),
    ),
    counter(
      'guard_ping_errors_total',
      'ICMP errors received and failures of ping itself.',
      targets.map(({ name, tally }) => ({ labels: { target: name }, value: tally.errors() })),
    ),
  ];
}

function stateFamilies(targets: readonly PingTarget[]): MetricFamily[] {
  return [
    gauge(
      'guard_ping_target_info',
      'The address that the packets go to; the value is always 1.',
      targets.flatMap(({ name, tally }) => {
        const address = tally.address();
        return address === undefined ? [] : [{ labels: { target: name, address }, value: 1 }];
      }),
    ),
    gauge(
      'guard_ping_unavailable',
      'Targets that cannot be pinged now, with the reason; the value is always 1.',
      targets.flatMap(({ name, tally }) => {
        const reason = tally.reason();
        return reason === undefined ? [] : [{ labels: { target: name, reason }, value: 1 }];
      }),
    ),
  ];
}

function monotonicSeconds(): number {
  return performance.now() / 1000;
}
